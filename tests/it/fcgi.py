"""A FastCGI client for one worker: what a web server says to it, and what it answers."""

import socket

BEGIN, PARAMS, STDIN, END, STDOUT = 1, 4, 5, 3, 6  # types of records


def record(kind, content=b""):
    return bytes([1, kind, 0, 1]) + len(content).to_bytes(2, "big") + bytes(2) + content


def half_request(path):
    """A connection to a worker, with the first record of a request."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(15)
    client.connect(str(path))
    client.sendall(record(BEGIN, bytes([0, 1, 0, 0, 0, 0, 0, 0])))  # of a responder
    return client


def request(path, uri="/api/ready", token=None, body=b""):
    """The same with all of a GET, or with a body of a POST."""
    params = {"REQUEST_METHOD": "POST" if body else "GET", "REQUEST_URI": uri, "REMOTE_ADDR": "127.0.0.1",
              "CONTENT_TYPE": "application/json" if body else "", "CONTENT_LENGTH": str(len(body)),
              **({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {})}
    pairs = b"".join(bytes([len(name)]) + (len(value) | 1 << 31).to_bytes(4, "big") + f"{name}{value}".encode()
                     for name, value in params.items())
    client = half_request(path)
    client.sendall(record(PARAMS, pairs) + record(PARAMS) + (record(STDIN, body) if body else b"") + record(STDIN))
    return client


def read_answer(client):
    """What the worker writes: head and body."""
    stream, answer = client.makefile("rb"), b""
    while (head := stream.read(8))[1] != END:
        content = stream.read(int.from_bytes(head[4:6], "big"))
        answer += content if head[1] == STDOUT else b""
        stream.read(head[6])
    return answer


def ask(path):
    """The answer to GET /api/ready."""
    with request(path) as client:
        return read_answer(client)
