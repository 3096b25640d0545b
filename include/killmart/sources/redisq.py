"""RedisQ: a feed whose reads are destructive, so what it gives is written down before it is opened.

`GET /listen.php` pops a package and redirects to an object that stays readable for 3 hours. Each step of the feed
is committed before the next request: first the objectID, then what the object held. A crash loses at most the one
package whose redirect had not arrived yet.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.ref import Cursor, FeedStep, Ref, Unreadable
from killmart.sources import http
from killmart.sources.http import PoliteSession, answered, shown, unreachable
from killmart.sources.package import as_id, hash_in, raw_json, zkb_in, zkb_text
from killmart.sources.retry import PATIENCE, retry_after, with_retries

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
                popped = self._pop(cursor.client_id or "")
                if popped is None:
                    return
                if isinstance(popped, FeedStep):
                    yield popped
                    continue
                pending = popped
                yield FeedStep(position=pending)
            yield self._open(pending)
            pending = None

    def _pop(self, queue_id: str) -> str | FeedStep | None:
        """Pop the next package: its objectID, or what it holds where an old server tells it at once; None at the end.

        Trying again is safe: a package whose redirect did not arrive is lost whether we ask again or not.
        """
        for attempt in range(_TRIES):
            response = self._get("/listen.php", {"queueID": queue_id, **self._parameters})
            if response.status_code == 429:
                self._wait(response, attempt)
            elif response.status_code in (301, 302, 303, 307):
                object_id = _object_id_in(response.headers.get("Location", ""))
                if object_id:
                    return None if object_id == "null" else object_id
            elif response.status_code in (200, 404):
                step = _read_popped(response.content)
                if step is not None:
                    return step if step.refs or step.unreadable else None
            else:
                raise self._refused(response)
        raise self._refused(response)

    def _open(self, object_id: str) -> FeedStep:
        """What the object holds; the cursor moves past it.

        It stays readable, so what looks broken is read again, and only what looks broken in the same way every time
        is taken for that. Raises UpstreamError otherwise: then it is still there for the next run.
        """
        verdicts = set()
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(0.1 * 2**attempt)
            response = self._get("/object.php", {"objectID": object_id})
            unreadable = Unreadable(f"RedisQ answered {response.status_code}", b"")
            if response.status_code == 200:
                step = read_package(response.content)
                if step.refs:
                    return step
                unreadable = step.unreadable or _unread(object_id, "was popped, but nothing is in it")
            elif response.status_code == 404:
                unreadable = _unread(object_id, "was popped, but has expired unread (404)")
            elif response.status_code == 429:
                self._wait(response, attempt)
            elif not response.is_redirect:  # one that leads astray is not followed
                raise self._refused(response)
            verdicts.add(unreadable.detail)
        if len(verdicts) > 1 or response.status_code not in (200, 404):
            raise self._refused(response)
        return FeedStep(position=None, unreadable=unreadable)

    def _wait(self, response: requests.Response, attempt: int) -> None:
        """Wait as a 429 asks for, the longer the more there were; a long pause is left to the runs to come."""
        seconds = retry_after(response, default=2.0 * (attempt + 1), refusals=attempt)
        if seconds > PATIENCE:
            message = (
                f"RedisQ at {shown(self._base_url)} wants {seconds:.0f} s of quiet (429); it is asked again then. It "
                "says so, too, while another request of ours is in flight: is a second installation using our queueID?"
            )
            raise UpstreamRefusedError(message, seconds)
        time.sleep(seconds)

    def _get(self, path: str, params: dict[str, str]) -> requests.Response:
        try:
            connect, read = http.TIMEOUT
            timeout = (connect, read + int(params.get("ttw", 0)))  # a long poll may say nothing for that long
            return with_retries(lambda: self._session.get(self._base_url + path, params=params, timeout=timeout))
        except requests.RequestException as error:
            raise unreachable(NAME, error) from None

    def _refused(self, response: requests.Response) -> UpstreamError:
        """The error for an answer that ends the drain."""
        if response.status_code == 403:
            why = (
                "it refuses us (403): the public RedisQ was shut down in 2026; "
                "use R2Z2 (KILLMART_FEED=r2z2) or another host"
            )
        elif response.status_code == 400:
            why = "it does not understand the request (400): look at KILLMART_REDISQ_FILTER"
        elif response.is_redirect:
            why = f"it {answered(NAME, response)}"
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
    killmail_hash = hash_in((zkb_in(zkb) or {}).get("hash"))
    if killmail_id is None or not killmail_hash:
        detail = "RedisQ's package names no killmail: " + ("no hash" if killmail_id else "no killID")
        return FeedStep(position=None, unreadable=Unreadable(detail, content, killmail_id))
    ref = Ref(killmail_id, killmail_hash, zkb=zkb_text(zkb), body=killmail if killmail != b"null" else None)
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


def _read_popped(content: bytes) -> FeedStep | None:
    """What a server that does not redirect has popped, or the empty step at the end; None where it is no answer."""
    try:
        _package_of(content)
    except ValueError:
        return None
    return read_package(content)


def _object_id_in(location: str) -> str:
    """The objectID that a redirect leads to; wherever it leads, we ask the host that we know."""
    object_id = parse_qs(urlsplit(location).query).get("objectID", [""])[0]
    return object_id if object_id.isprintable() else ""


def _unread(object_id: str, what: str) -> Unreadable:
    return Unreadable(f"RedisQ object {object_id} {what}", b"")
