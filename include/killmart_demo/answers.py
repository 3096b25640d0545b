"""The answers that take an upstream's place when a fault strikes."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

import msgspec

Headers = tuple[tuple[str, str], ...]
OVERSIZE_BYTES = 21 * 2**20
BOMB_BYTES = 100 * 2**20
_JSON: Headers = (("content-type", "application/json"),)
_MIB = b" " * 2**20
_ERRORS = {
    403: "Forbidden",
    404: "Not found",
    420: "This software has exceeded the error limit",
    422: "Invalid killmail_id and/or killmail_hash",
    429: "Too many requests",
    500: "Internal server error",
    502: "Bad gateway",
    503: "The service is not available",
    504: "Timeout contacting the upstream",
}
_PAGE = b"<!DOCTYPE html>\n<html><head><title>One moment</title></head><body>Checking your browser</body></html>\n"


class WireAnswer(NamedTuple):
    """A whole answer, as it goes over the wire."""

    status: int
    headers: Headers
    """Names in lower case; without a content-length it is sent in chunks."""
    body: bytes

    def with_body(self, body: bytes) -> WireAnswer:
        """This answer with another body, of which nothing is known yet: no validators."""
        dropped = ("content-length", "etag", "last-modified")
        headers = tuple(one for one in self.headers if one[0] not in dropped)
        return WireAnswer(self.status, (*headers, ("content-length", str(len(body)))), body)


def error(status: int, headers: Headers = ()) -> WireAnswer:
    """A status with its text as ESI words it."""
    body = msgspec.json.encode({"error": _ERRORS[status]})
    return WireAnswer(status, (*_JSON, ("content-length", str(len(body))), *headers), body)


def fault_answer(name: str, service: str, pause_seconds: int) -> WireAnswer:
    """What the fault of this name sends in place of the answer. Raises ValueError for one that sends none."""
    if name == "html":
        return WireAnswer(200, (("content-type", "text/html"), ("content-length", str(len(_PAGE)))), _PAGE)
    if name == "oversize":
        return WireAnswer(200, _JSON, _oversize())
    if name == "gzip_bomb":
        bomb = _bomb()
        return WireAnswer(200, (*_JSON, ("content-encoding", "gzip"), ("content-length", str(len(bomb)))), bomb)
    if name == "downtime":
        return error(503)
    if name == "403" and service == "redisq":
        return WireAnswer(403, _JSON, b'{"access":"denied!"}')
    if name == "420":
        limit = (("x-esi-error-limit-remain", "0"), ("x-esi-error-limit-reset", str(pause_seconds)))
        return error(420, limit)
    status = int(name.partition("_")[0])
    return error(status, (("retry-after", str(pause_seconds)),) if name == "429" else ())


def redirect(location: str) -> WireAnswer:
    """302 to `location`."""
    return WireAnswer(302, (("location", location), ("content-length", "0")), b"")


@lru_cache(maxsize=1)
def _oversize() -> bytes:
    return b'{"error":"' + b"x" * OVERSIZE_BYTES + b'"}'


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: with gzip's header
    packed = [packer.compress(_MIB) for _ in range(BOMB_BYTES // len(_MIB))]
    return b"".join([*packed, packer.compress(b"{}"), packer.flush()])
