"""httpx without 44 ms a POST: httpcore sends head and body apart and leaves Nagle's algorithm on, so the
body waits for a delayed acknowledgement. Importing this module switches it off for all clients."""

import socket

from httpcore.backends.sync import SyncBackend

_connect = SyncBackend.connect_tcp


def _connect_without_delay(*arguments, **options):
    stream = _connect(*arguments, **options)
    stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


SyncBackend.connect_tcp = _connect_without_delay
