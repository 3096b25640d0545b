"""The innermost transport: connections of urllib3 that a Deadline can cut, for the headers as for the body."""

from __future__ import annotations

import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from killmart.deadline import current_deadline

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two bytes of an answer."""

logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # at DEBUG it logs proxies and the queueID


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


_WATCHED_POOLS = {"http": _Pool, "https": _SecurePool}


class Wire(HTTPAdapter):
    """Sends over up to `connections` connections, with our time-outs unless the request has its own."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.poolmanager.pool_classes_by_scheme = _WATCHED_POOLS  # type: ignore[attr-defined]

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)  # type: ignore[no-untyped-call]
        manager.pool_classes_by_scheme = _WATCHED_POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        return super().send(request, *args, **kwargs)
