"""RedisQ: a feed whose reads are destructive, so what it gives is written down before it is opened.

`GET /listen.php` pops a package and redirects to an object that stays readable for 3 hours. Each step of the feed
is committed before the next request: first the objectID, then what the object held. A crash loses at most the one
package whose redirect had not arrived yet.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import requests

from killmart.errors import UpstreamError
from killmart.model.ref import Cursor, FeedStep, Ref, Unreadable
from killmart.sources.http import PoliteSession, shown, unreachable
from killmart.sources.package import as_id, raw_json
from killmart.sources.retry import retry_after, with_retries

log = logging.getLogger(__name__)

NAME = "redisq"
_TRIES = 5


def propose_queue_id() -> str:
    """A queueID that no other installation has."""
    return f"killmart-{uuid.uuid4().hex}"


class RedisQ:
    """The feed at `base_url`, read under one queueID; polls wait `ttw` s at the empty queue, `rule` filters."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, ttw: int, rule: str = "") -> None:
        self._session = session
        self._base_url = base_url
        self._parameters = {"ttw": str(ttw)} | ({"filter": rule} if rule else {})

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read until the queue is empty; the caller commits each step before it asks for the next.

        A pending objectID of an earlier run is opened first. Raises UpstreamError.
        """
        pending = cursor.position
        while True:
            if pending is None:
                pending = self._pop(cursor.client_id or "")
                if pending is None:
                    return
                yield FeedStep(position=pending)
            yield self._open(pending)
            pending = None

    def _pop(self, queue_id: str) -> str | None:
        """Pop the next package and return its objectID, or None at the end of the queue.

        Trying again is safe: a package whose redirect did not arrive is lost whether we ask again or not.
        """
        for attempt in range(_TRIES):
            response = self._get("/listen.php", {"queueID": queue_id, **self._parameters})
            if response.status_code == 429:
                time.sleep(retry_after(response, default=2.0 * (attempt + 1)))
            elif response.status_code in (301, 302, 303, 307):
                query = parse_qs(urlsplit(response.headers.get("Location", "")).query)
                object_id = query.get("objectID", [""])[0]
                if object_id:
                    return None if object_id == "null" else object_id
            elif response.status_code in (200, 404):
                if _is_end(response.content):
                    return None
            else:
                raise self._refused(response)
        raise self._refused(response)

    def _open(self, object_id: str) -> FeedStep:
        """What the object holds; the cursor moves past it. It stays readable, so what looks broken is read again."""
        for attempt in range(_TRIES):
            response = self._get("/object.php", {"objectID": object_id})
            if response.status_code == 200:
                step = read_package(response.content)
                if step.unreadable is None:
                    return step
            elif response.status_code == 404:
                step = FeedStep(
                    position=None,
                    unreadable=Unreadable(f"RedisQ object {object_id} was popped, but has expired unread (404)", b""),
                )
            elif response.status_code != 429:
                raise self._refused(response)
            time.sleep(retry_after(response, default=0.2 * 2**attempt))
        if response.status_code == 429:
            raise self._refused(response)
        return step

    def _get(self, path: str, params: dict[str, str]) -> requests.Response:
        try:
            return with_retries(lambda: self._session.get(self._base_url + path, params=params))
        except requests.RequestException as error:
            raise unreachable(NAME, error) from None

    def _refused(self, response: requests.Response) -> UpstreamError:
        """The error for an answer that ends the drain."""
        if response.status_code == 403:
            why = (
                "it refuses us (403): the public RedisQ was shut down in 2026; "
                "use R2Z2 (KILLMART_FEED=r2z2) or another host"
            )
        elif response.status_code == 429:
            why = "it says that another request of ours is in flight (429): is a second installation using our queueID?"
        elif response.status_code == 400:
            why = "it does not understand the request (400): look at KILLMART_REDISQ_FILTER"
        else:
            why = f"it answered {response.status_code} with something else than a package"
        return UpstreamError(
            f"RedisQ at {shown(self._base_url)} gives nothing, {why}. What is staged stays, the next run tries again."
        )


def read_package(content: bytes) -> FeedStep:
    """The ref (and body, from servers of before 2025-12) in the answer of object.php."""
    try:
        package = _package_of(content)
    except ValueError as error:
        return FeedStep(position=None, unreadable=Unreadable(f"RedisQ gave no package: {error}", content))
    if package is None:
        return FeedStep(position=None)
    zkb = bytes(package.zkb)
    killmail = bytes(package.killmail)
    killmail_id = as_id(package.kill_id)
    killmail_hash = _hash_in(zkb)
    if killmail_id is None or not killmail_hash:
        detail = "RedisQ's package names no killmail: " + ("no hash" if killmail_id else "no killID")
        return FeedStep(position=None, unreadable=Unreadable(detail, content, killmail_id))
    ref = Ref(killmail_id, killmail_hash, zkb=zkb, body=killmail if killmail != b"null" else None)
    return FeedStep(position=None, refs=(ref,))


class _Package(msgspec.Struct):
    kill_id: Any = msgspec.field(default=None, name="killID")
    zkb: msgspec.Raw = msgspec.Raw(b"null")
    killmail: msgspec.Raw = msgspec.Raw(b"null")


class _Answer(msgspec.Struct):
    package: msgspec.Raw


def _package_of(content: bytes) -> _Package | None:
    """The package of an answer; None for `{"package":null}`. Raises ValueError for anything else."""
    package = bytes(raw_json(content, _Answer, raw=("package",)).package)
    return None if package == b"null" else raw_json(package, _Package, raw=("zkb", "killmail"))


def _is_end(content: bytes) -> bool:
    """Whether an answer is `{"package":null}`."""
    try:
        return _package_of(content) is None
    except ValueError:
        return False


def _hash_in(zkb: bytes) -> str:
    block = json.loads(zkb)
    killmail_hash = block.get("hash") if isinstance(block, dict) else None
    return killmail_hash.strip() if isinstance(killmail_hash, str) else ""
