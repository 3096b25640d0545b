"""Ports on 127.0.0.1: is one free, find one that is, and talk HTTP to what listens there."""

from __future__ import annotations

import random
import socket

import requests

from killmart.errors import KillmartError

_RANGE = range(20_000, 32_000)  # below the system's own range, which outgoing connections take at random


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 and of every address now."""
    return _binds("127.0.0.1", port) and _binds("", port)


def free_port(taken: frozenset[int] = frozenset()) -> int:
    """A free port that is not in `taken`; raises KillmartError where none is found."""
    for port in random.sample(_RANGE, 200):
        if port not in taken and is_free(port):
            return port
    raise KillmartError(
        f"No free port found between {_RANGE.start} and {_RANGE.stop}: are there other Killmarts to stop (make down)?"
    )


def free_ports(count: int) -> list[int]:
    """`count` different free ports."""
    found: list[int] = []
    while len(found) < count:
        found.append(free_port(frozenset(found)))
    return found


def local_session() -> requests.Session:
    """An HTTP session that ignores the proxies of the environment, which are for the way out."""
    session = requests.Session()
    session.trust_env = False
    return session


def _binds(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that just ended is no hindrance
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
