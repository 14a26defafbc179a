"""httpx without two delays; importing this module ends them for all clients.

44 ms a POST: httpcore sends head and body apart and leaves Nagle's algorithm on, so the body waits for a delayed
acknowledgement. 22 ms of a processor a client: each reads the certificates of all authorities, for connections
that are none of TLS. They are read once.
"""

import functools
import socket

from httpcore.backends.sync import SyncBackend
from httpx._transports import default

_connect = SyncBackend.connect_tcp


def _connect_without_delay(*arguments, **options):
    stream = _connect(*arguments, **options)
    stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


SyncBackend.connect_tcp = _connect_without_delay
default.create_ssl_context = functools.cache(default.create_ssl_context)
