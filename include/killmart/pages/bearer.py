"""Tokens that programs send as `Authorization: Bearer …`."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers


def carries(headers: Headers, token: str) -> bool:
    """Whether a request carries this token, in a time that tells nothing; an empty token is nobody's."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    is_right = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and scheme.lower() == "bearer" and is_right
