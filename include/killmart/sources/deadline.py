"""Connections of urllib3 that a Deadline can cut, for the headers as for the body."""

from __future__ import annotations

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from killmart.deadline import current_deadline


def _watch(connection: HTTPConnection) -> None:
    deadline = current_deadline()
    if deadline is not None and connection.sock is not None:
        deadline.watch(connection.sock.fileno())


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
