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
from killmart.sources.retry import retry_after, with_retries

log = logging.getLogger(__name__)

NAME = "redisq"
_BUSY_TRIES = 5


def propose_queue_id() -> str:
    """A queueID that no other installation has."""
    return f"killmart-{uuid.uuid4().hex}"


class RedisQ:
    """The feed at `base_url`, read under one queueID; long polls wait `ttw` seconds at the empty queue."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, ttw: int) -> None:
        self._session = session
        self._base_url = base_url
        self._ttw = ttw

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
        """Pop the next package and return its objectID, or None at the end of the queue."""
        for attempt in range(_BUSY_TRIES):
            response = self._get("/listen.php", {"queueID": queue_id, "ttw": str(self._ttw)})
            if response.status_code == 429:
                time.sleep(retry_after(response, default=2.0 * (attempt + 1)))
                continue
            if response.status_code in (301, 302, 303, 307):
                query = parse_qs(urlsplit(response.headers.get("Location", "")).query)
                object_id = query.get("objectID", [""])[0]
                if object_id:
                    return None if object_id == "null" else object_id
            if response.status_code == 200 and _package_of(response.content) is None:
                return None
            raise self._refused(response)
        raise UpstreamError(
            f"{shown(self._base_url)} says that another request is in flight for our queueID (429); is a second "
            "installation using it? What is staged stays, the next run tries again."
        )

    def _open(self, object_id: str) -> FeedStep:
        """What the object holds; the cursor moves past it."""
        response = self._get("/object.php", {"objectID": object_id})
        if response.status_code == 404:
            return FeedStep(
                position=None,
                unreadable=Unreadable(f"RedisQ object {object_id} was popped, but has expired unread (404)", b""),
            )
        if response.status_code != 200:
            raise self._refused(response)
        return read_package(response.content)

    def _get(self, path: str, params: dict[str, str]) -> requests.Response:
        try:
            if path == "/listen.php":  # a pop is never repeated blindly: its answer may be under way
                return self._session.get(self._base_url + path, params=params)
            return with_retries(lambda: self._session.get(self._base_url + path, params=params))
        except requests.RequestException as error:
            raise unreachable(NAME, error) from None

    def _refused(self, response: requests.Response) -> UpstreamError:
        if response.status_code == 403:
            why = (
                "it refuses us (403): the public RedisQ was shut down in 2026; "
                "use R2Z2 (KILLMART_FEED=r2z2) or another host"
            )
        else:
            why = f"it answered {response.status_code}"
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
    killmail_id = _as_id(package.kill_id)
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
    package: _Package | None


_decode_answer = msgspec.json.Decoder(_Answer).decode


def _package_of(content: bytes) -> _Package | None:
    """The package of an answer; None for `{"package":null}`. Raises ValueError for anything else."""
    try:
        return _decode_answer(content).package
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except (msgspec.DecodeError, RecursionError):
        # the standard library also reads lone surrogates; written out again they are plain ASCII escapes
        answer = json.loads(content)
    package = answer.get("package") if isinstance(answer, dict) else None
    if not isinstance(package, dict):
        raise ValueError("an answer without a package")
    return _Package(
        kill_id=package.get("killID"),
        zkb=msgspec.Raw(json.dumps(package.get("zkb")).encode()),
        killmail=msgspec.Raw(json.dumps(package.get("killmail")).encode()),
    )


def _hash_in(zkb: bytes) -> str:
    block = json.loads(zkb)
    killmail_hash = block.get("hash") if isinstance(block, dict) else None
    return killmail_hash.strip() if isinstance(killmail_hash, str) else ""


def _as_id(value: Any) -> int | None:
    """A killmail id, also where it comes as text; None for anything that is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        return None
    return value
