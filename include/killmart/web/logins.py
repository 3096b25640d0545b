"""What a request shows of who sends it: a token, or the cookie of a login; and whose they are known to be."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

_MOST = 1000
"""Logins that are remembered, the latest."""


def bearer_of(headers: Headers) -> str:
    """The token that a request carries as `Authorization: Bearer …`; empty where there is none."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def is_same(given: str, token: str) -> bool:
    """Whether a token is the right one, in a time that tells nothing; an empty token is nobody's."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


class Logins:
    """Who holds which login, once Airflow has said so: two logins of one person are one holder.

    Nothing that a login says of itself is believed: only `learn`, after it was checked, makes it somebody's.
    """

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie
        self._known: OrderedDict[bytes, str] = OrderedDict()

    def shown(self, request: HTTPConnection) -> str:
        """The token or the cookie of a request, as Airflow's login reads them; empty for none."""
        return bearer_of(request.headers) or request.cookies.get(self._cookie, "")

    def holder(self, login: str) -> str:
        """The person whose login it is known to be, else the login itself."""
        return self._known.get(_digest(login), f"login {login}")

    def learn(self, login: str, person_id: str) -> None:
        """The login is this person's."""
        self._known[_digest(login)] = f"person {person_id}"
        self._known.move_to_end(_digest(login))
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def _digest(login: str) -> bytes:
    return hashlib.blake2b(login.encode("utf-8", "surrogatepass"), digest_size=16).digest()
