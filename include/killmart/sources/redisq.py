"""RedisQ: a feed whose reads are destructive, so what it gives is written down before it is opened.

`GET /listen.php` pops a package and redirects to an object that stays readable for 3 hours. Each step of the feed
is committed before the next request: that a pop comes next, then the objectID, then what the object held. A crash
loses at most the one package whose redirect had not arrived yet, and the next drain reports it.

An object that two runs could not read is suspect: it stays pending while later ones are popped, and is put aside as
soon as another can be read. So one bad object holds nothing up, and none is given up while all of them are away.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec
import requests

from killmart.config.settings import Settings
from killmart.errors import UpstreamError
from killmart.model.ref import Cursor, FeedStep, Hole, Ref, Unreadable
from killmart.sources.feed import Feed, UnreadableAnswerError, no_answer
from killmart.sources.http import answered, was_sent
from killmart.sources.package import as_id, hash_in, raw_json, zkb_in, zkb_text
from killmart.sources.retry import back_off, quiet_after, with_retries
from killmart.sources.transport import wire
from killmart.sources.transport.session import PoliteSession
from killmart.sources.transport.urls import shown

log = logging.getLogger(__name__)

NAME = "redisq"
Suspects = dict[str, UnreadableAnswerError]
"""objectIDs that two runs could not read, with what came in their place."""

_LISTEN, _OBJECT = "/listen.php", "/object.php"
_UNCERTAIN = frozenset({502, 504, 520, 524})
"""What a proxy says whose server gave it no answer: the server may have popped all the same."""
_TRIES = 5
_LONGEST_SEARCH = 60.0
"""Seconds after which an object is not asked for again, whatever tries are left."""
_ANOTHER = " It says so, too, while another request of ours is in flight: is a second installation using our queueID?"
_MOST_SUSPECTS = 5
"""Where more than so many are suspect, it is not they that are bad: nothing more is popped."""


class RedisQ(Feed):
    """The feed read under one queueID; polls wait at the empty queue, a rule filters."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, settings: Settings) -> None:
        self._session = session
        self._base_url = base_url
        rule = settings.redisq_filter
        self._parameters = {"ttw": str(settings.redisq_ttw)} | ({"filter": rule} if rule else {})
        self._broken_off = 0

    @staticmethod
    def per_second(settings: Settings) -> float:
        return settings.redisq_rate

    @staticmethod
    def propose_client_id() -> str:
        """A queueID that no other installation has."""
        return f"killmart-{uuid.uuid4().hex}"

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read until the queue is empty; the caller commits each step before it asks for the next.

        Objects that an earlier run left pending are opened first. Raises UpstreamError.
        """
        if cursor.pop_began_at is not None:
            reason = f"a drain ended in the midst of a pop that it began at {cursor.pop_began_at:%Y-%m-%d %H:%M:%S %Z}"
            yield FeedStep(cursor.position, hole=_doubt(reason, 1), may_end=False)
        suspects = yield from self._open_pending(_ids_in(cursor.position), cursor.failures)
        while True:
            popped = yield from self._pop_noted(_position_of(suspects), cursor.client_id or "")
            if popped is None:
                if suspects and self._is_null_there():
                    yield from _put_aside(suspects)
                elif suspects:
                    raise next(reversed(suspects.values()))
                return
            if isinstance(popped, FeedStep):
                yield popped
                continue
            suspects = yield from self._open_popped(popped, suspects)

    def _open_pending(self, pending: list[str], failures: int) -> Generator[FeedStep, None, Suspects]:
        """Open what earlier runs popped; returns the suspects that are left while nothing proves that others are fine.

        All but the last are suspect since an earlier run, the last where `failures` is not 0.
        """
        unread: Suspects = {}
        can_read = False
        for place, object_id in enumerate(pending, 1):
            try:
                step = self._open(object_id)
            except UnreadableAnswerError as error:
                unread[object_id] = error
                continue
            can_read = can_read or bool(step.refs)
            yield replace(step, position=_position_of([*unread, *pending[place:]]))
        is_new = not failures and bool(pending) and pending[-1] in unread
        new = {pending[-1]: unread.pop(pending[-1])} if is_new else {}
        if can_read or (len(unread) > _MOST_SUSPECTS and self._is_null_there()):
            yield from _put_aside(unread, left=new)
            unread = {}
        if new or len(unread) > _MOST_SUSPECTS:
            yield FeedStep(_position_of([*unread, *new]), failures=1, may_end=False)
            raise next(reversed((unread | new).values()))
        return unread

    def _open_popped(self, object_id: str, suspects: Suspects) -> Generator[FeedStep, None, Suspects]:
        """Open what was just popped; where it can be read, the suspects are put aside. Returns those that are left."""
        try:
            step = self._open(object_id)
        except UnreadableAnswerError:
            yield FeedStep(_position_of([*suspects, object_id]), failures=1, may_end=False)
            raise
        yield replace(step, position=_position_of(suspects))
        if not step.refs:
            return suspects
        yield from _put_aside(suspects)
        return {}

    def _pop_noted(self, position: str | None, queue_id: str) -> Generator[FeedStep, None, str | FeedStep | None]:
        """Pop the next package, as `_pop` does, with a note on the cursor while that is under way.

        Where a request broke off, what it popped may be lost: the step after it says so.
        """
        yield FeedStep(position, is_popping=True, may_end=False)
        self._broken_off = 0
        try:
            popped = self._pop(queue_id)
        except UpstreamError:
            yield FeedStep(position, hole=self._hole(), may_end=False)
            raise
        if popped is None:
            yield FeedStep(position, hole=self._hole(), may_end=False)
        elif isinstance(popped, FeedStep):
            return replace(popped, position=position, hole=self._hole())
        else:
            yield FeedStep(_position_of([*_ids_in(position), popped]), hole=self._hole())
        return popped

    def _hole(self) -> Hole | None:
        """What the requests of the latest pop that broke off may have cost."""
        return _doubt("listen.php broke off without an answer", self._broken_off) if self._broken_off else None

    def _pop(self, queue_id: str) -> str | FeedStep | None:
        """Pop the next package: its objectID, or what it holds where an old server sends it at once; None at the end.

        Trying again is safe: a package whose redirect did not arrive is lost whether we ask again or not.
        """
        for attempt in range(_TRIES):
            response = self._get(_LISTEN, {"queueID": queue_id, **self._parameters})
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
        """What the object holds.

        It stays readable, so what looks broken is read again, and only what looks broken in the same way every time
        is taken for that: an object that expired, or one that names no killmail. Raises UnreadableAnswerError where it
        cannot be read at all, UpstreamError where we are refused: then it is still there for the next run.
        """
        verdicts = set()
        began = time.monotonic()
        for attempt in range(_TRIES):
            if attempt:
                if time.monotonic() - began > _LONGEST_SEARCH:
                    break
                back_off(attempt - 1)
            step, content = None, b""
            try:
                response = self._get(_OBJECT, {"objectID": object_id})
            except UnreadableAnswerError as error:
                said = error.reason
            else:
                if response.status_code == 403:
                    raise self._refused(response)
                if response.status_code == 429:
                    self._wait(response, attempt)
                step, content = _read_object(object_id, response), response.content
                if step is not None and step.refs:
                    return step
                said = f"{answered(NAME, response)}, {len(content)} bytes that are no package"
            verdicts.add(said if step is None or step.unreadable is None else step.unreadable.detail)
        if step is not None and len(verdicts) == 1:
            return step
        if said.startswith("answered 429"):
            raise self._refused(response)
        raise UnreadableAnswerError(
            f"RedisQ's object {object_id} at {shown(self._base_url)} cannot be read, however often it is asked for "
            f"({said}). It stays pending, the next run asks again.",
            said,
            content,
        )

    def _is_null_there(self) -> bool:
        """Whether the address of the object at the end of the queue is known."""
        try:
            return _package_of(self._get(_OBJECT, {"objectID": "null"}).content) is None
        except (UpstreamError, ValueError):
            return False

    def _wait(self, response: requests.Response, attempt: int) -> None:
        time.sleep(quiet_after(response, attempt, f"RedisQ at {shown(self._base_url)}", first=2.0, hint=_ANOTHER))

    def _get(self, path: str, params: dict[str, str]) -> requests.Response:
        connect, read = wire.TIMEOUT
        timeout = (connect, read + int(params.get("ttw", 0)))  # a long poll may say nothing for that long

        def send() -> requests.Response:
            try:
                response = self._session.get(self._base_url + path, params=params, timeout=timeout)
            except requests.RequestException as error:
                self._broken_off += was_sent(error)
                raise
            self._broken_off += response.status_code in _UNCERTAIN
            return response

        try:
            return with_retries(send)
        except requests.RequestException as error:
            raise no_answer(NAME, error) from None

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
    """The ref (and body, from servers of before 2025-12) in a package; empty for `{"package":null}`.

    Raises ValueError for anything else.
    """
    package = _package_of(content)
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


class _Envelope(msgspec.Struct):
    package: msgspec.Raw


def _package_of(content: bytes) -> _Package | None:
    """The package of an answer; None for `{"package":null}`. Raises ValueError for anything else."""
    package = bytes(raw_json(content, _Envelope, raw=("package",)).package)
    return None if package == b"null" else raw_json(package, _Package, raw=("zkb", "killmail"))


def _read_popped(content: bytes) -> FeedStep | None:
    """What a server that does not redirect has popped, or the empty step at the end; None where it is no answer."""
    try:
        return read_package(content)
    except ValueError:
        return None


def _read_object(object_id: str, response: requests.Response) -> FeedStep | None:
    """What an answer says of an object, that it holds nothing included; None where it says nothing of it."""
    if response.status_code == 404:
        return FeedStep(position=None, unreadable=_unread(object_id, "was popped, but has expired unread (404)"))
    step = _read_popped(response.content) if response.status_code == 200 else None
    if step is not None and not step.refs and step.unreadable is None:
        return replace(step, unreadable=_unread(object_id, "was popped, but nothing is in it"))
    return step


def _object_id_in(location: str) -> str:
    """The objectID that a redirect leads to; wherever it leads, we ask the host that we know."""
    object_id = parse_qs(urlsplit(location).query).get("objectID", [""])[0]
    return object_id if object_id.isprintable() else ""


def _unread(object_id: str, what: str) -> Unreadable:
    return Unreadable(f"RedisQ object {object_id} {what}", b"")


def _ids_in(position: str | None) -> list[str]:
    """The objectIDs that are pending by a cursor's position."""
    return [unquote(one) for one in (position or "").split()]


def _position_of(object_ids: Iterable[str]) -> str | None:
    """The position of a cursor under which these objectIDs are pending; None without any."""
    return " ".join(quote(one, safe="") for one in object_ids) or None


def _doubt(reason: str, packages: int) -> Hole:
    """That a broken pop may have cost packages."""
    hole = Hole(None, None, f"{reason}: {packages} package{'s' * (packages > 1)} may be lost", maybe_lost=packages)
    log.warning("RedisQ: %s; the daily run brings what was in it", hole.reason)
    return hole


def _put_aside(suspects: Suspects, left: Iterable[str] = ()) -> Iterator[FeedStep]:
    """Give objects up that two runs could not read, each under its id; `left` stay pending."""
    waiting = [*suspects, *left]
    for object_id, error in suspects.items():
        waiting.remove(object_id)
        detail = f"RedisQ object {object_id} could not be read in two runs ({error.reason})"
        unreadable = Unreadable(detail, error.content)
        yield FeedStep(_position_of(waiting), unreadable=unreadable, hole=Hole(None, None, detail))
