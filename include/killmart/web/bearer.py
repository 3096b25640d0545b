"""Tokens that programs send as `Authorization: Bearer …`."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers


def bearer_of(headers: Headers) -> str:
    """The token that a request carries; empty where there is none."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def carries(headers: Headers, token: str) -> bool:
    """Whether a request carries this token, in constant time; an empty token is nobody's."""
    is_right = hmac.compare_digest(bearer_of(headers).encode(), token.encode())
    return bool(token) and is_right
