"""A worker without a web server: chatsphere-api on a socket of its own, and a FastCGI client of one request.

As much of the FastCGI specification 1.0 (sections 3 and 6) as the web servers use.
"""

import json
import socket
import struct
import subprocess
from contextlib import contextmanager

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
RESPONDER = struct.pack(">HB5x", 1, 0)


@contextmanager
def worker(program, path, env, user=None):
    """chatsphere-api on the unix socket `path`, as that user; ended at the end."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        with subprocess.Popen([program], stdin=listener, stderr=subprocess.PIPE, env=env, user=user, group=user,
                              extra_groups=[] if user else None, text=True) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=20)


def record(kind, content=b""):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def pairs(params):
    lengths = ((name.encode(), value.encode()) for name, value in params.items())
    return b"".join(struct.pack(">II", len(n) | 1 << 31, len(v) | 1 << 31) + n + v for n, v in lengths)


def exactly(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise ConnectionError("the worker hung up")
    return data


def answer(stream):
    """What the worker writes until it ends the request."""
    output = b""
    while True:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", exactly(stream, 8))
        content = exactly(stream, length + padding)[:length]
        if kind == STDOUT:
            output += content
        if kind == END:
            return output


def request(path, method, uri, body=None):
    """(status, the JSON of the answer) of one request."""
    content = json.dumps(body).encode() if body is not None else b""
    params = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1",
              "CONTENT_TYPE": "application/json" if content else "", "CONTENT_LENGTH": str(len(content)),
              "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http"}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        connection.sendall(record(BEGIN, RESPONDER) + record(PARAMS, pairs(params)) + record(PARAMS)
                           + (record(STDIN, content) if content else b"") + record(STDIN))
        with connection.makefile("rb") as stream:
            head, _, text = answer(stream).partition(b"\r\n\r\n")
    status = next((line for line in head.split(b"\r\n") if line.startswith(b"Status: ")), b"Status: 200")
    return int(status.split()[1]), json.loads(text)
