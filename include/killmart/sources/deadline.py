"""Ends an exchange that outlasts its time, however steadily the upstream dribbles.

A read time-out of sockets begins anew with every byte, so it bounds silence, not the whole. Here a timer shuts the
connection's socket, which ends the read that waits on it, be it for the headers or for the body.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_thread = threading.local()


class Deadline:
    """Cuts the connection that this thread reads from when `seconds` are over; to be used as a context."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def watch(self, connection: socket.socket | None) -> None:
        """Cut this socket when the time is over."""
        self._socket = connection
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        _thread.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _thread.deadline = None


def _watch(connection: HTTPConnection) -> None:
    deadline: Deadline | None = getattr(_thread, "deadline", None)
    if deadline is not None:
        deadline.watch(connection.sock)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        _watch(self)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _watch(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


WATCHED_POOLS = {"http": _Pool, "https": _SecurePool}
"""For a PoolManager's `pool_classes_by_scheme`: connections that a Deadline can cut."""
