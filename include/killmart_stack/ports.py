"""Ports on 127.0.0.1: is one free, find one that is, and talk HTTP to what listens there."""

from __future__ import annotations

import random
import socket

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from killmart.errors import KillmartError

ANSWER_SECONDS = 30.0
"""How long one of our own processes may take over an answer."""
_AGAIN = Retry(
    total=5,
    connect=2,  # refused connections are those of a process that has ended, which the supervisor reports better
    backoff_factor=1.0,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
)
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


def patient_session() -> requests.Session:
    """The same, asking again where an answer is slow or fails once; every request of it may be made twice."""
    session = local_session()
    session.mount("http://", HTTPAdapter(max_retries=_AGAIN))
    return session


def _binds(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that just ended is no hindrance
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
