"""R2Z2: zKillboard's feed of numbered files, each with body, hash and zkb block; the cursor is ours.

Reads are idempotent, so a crash loses nothing: the position is committed with the rows. The order is that of
processing, not of ids or time. A 404 means "not yet": it asks to be left alone for 6 s then, also by the next
process. A number that stays away while sequence.json is well past it is a hole: recorded and stepped over.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Generator, Iterator
from typing import Any

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.ref import Cursor, FeedStep, Hole, Ref, Unreadable
from killmart.sources.http import PoliteSession, answered, shown, unreachable
from killmart.sources.package import as_id, hash_in, raw_json, zkb_text
from killmart.sources.retry import PATIENCE, retry_after, with_retries

log = logging.getLogger(__name__)

NAME = "r2z2"

BAN_SECONDS = 3600.0
"""R2Z2 bans for about an hour (403)."""
WELL_PAST = 10
"""How far sequence.json must be past a missing number, which it trails itself, before that counts as a hole."""
LOOKS = 3
"""How often a missing number is looked for before it is stepped over."""
TRAIL = 100
"""sequence.json trails the newest file by up to about 51."""
GONE = 2000
"""So many numbers behind, a missing file has rather been cleared away (files live 24 h) than left out."""
_ATTEMPTS = 5
_TOO_MANY = "429"
_LAST_MOMENT = 32_503_680_000  # the year 3000
_ATTEMPTS_FOR_PARTS = 4
"""So often a file must come without zkb block, hash or id, every time, before that is taken as all there is."""


class R2Z2:
    """The feed at `base_url`; `start` is where it begins without a cursor (0: at the head)."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, *, start: int = 0, pause_seconds: float = 6.0) -> None:
        self._session = session
        self._base_url = base_url
        self._start = start
        self._pause = pause_seconds
        self._quiet_until = 0.0
        self._has_missed = False

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on until the next number is not published yet; the caller commits each step.

        Raises UpstreamRefusedError on a ban, UpstreamError where the feed is away or answers nonsense.
        """
        if cursor.seconds_since_404 is not None:  # below 0 where the clock was set back meanwhile
            self._quiet_until = time.monotonic() + self._pause - min(max(0.0, cursor.seconds_since_404), self._pause)
        if cursor.position:
            position = int(cursor.position)
        else:
            position = self._start or self._sequence()
            yield self._step(position)
        while True:
            content = self._file(position)
            if content is not None:
                yield from self._read(position, content)
                position += 1
                continue
            hole = yield from self._look_closer(position)
            if hole is None:
                return
            if hole.last >= hole.first:
                log.warning("R2Z2 has no %d to %d: %s; stepping over", hole.first, hole.last, hole.reason)
            else:
                log.info("R2Z2: %s", hole.reason)
            position = hole.last + 1
            yield self._step(position, hole=hole)

    def _step(
        self,
        position: int,
        refs: tuple[Ref, ...] = (),
        unreadable: Unreadable | None = None,
        hole: Hole | None = None,
        uploaded_at: int | None = None,
    ) -> FeedStep:
        """A step to `position`, telling of any 404 since the last one: the next process has to know of it, too."""
        has_missed, self._has_missed = self._has_missed, False
        return FeedStep(str(position), refs, unreadable, hole, is_not_found=has_missed, uploaded_at=uploaded_at)

    def _read(self, position: int, content: bytes) -> Generator[FeedStep, None, None]:
        """What file `position` holds, with the older file that it says was republished."""
        package = _decode(content)
        refs, unreadable = _ref_of(package, content)
        hole = None
        updated = as_id(package.sequence_updated)
        if updated is not None and updated < position:
            again = yield from self._read_again(updated, position)
            if again is None:
                hole = Hole(updated, updated, f"404 {LOOKS} times, though file {position} says that it was republished")
                log.warning("R2Z2's %d: %s; what it said before stays", updated, hole.reason)
            else:
                renewed, _ = _ref_of(_decode(again), again)
                refs = (*refs, *renewed)
        yield self._step(position + 1, refs, unreadable, hole, _moment_in(package.uploaded_at))

    def _read_again(self, updated: int, position: int) -> Generator[FeedStep, None, bytes | None]:
        """The republished file `updated`; a 404 is looked at again, and is a step that leaves the cursor here."""
        for _ in range(LOOKS):
            content = self._file(updated, f"?updated={position}")  # another address: no cache on the way knows it yet
            if content is not None:
                return content
            yield self._step(position)
        return None

    def _look_closer(self, position: int) -> Generator[FeedStep, None, Hole | None]:
        """The hole that begins at `position`, which was not found, or None where the feed simply ends there for now.

        Every look that finds nothing is a step of its own.
        """
        yield self._step(position)
        head = self._sequence()
        if head + TRAIL < position:
            return Hole(head + 1, head, f"our cursor {position} was beyond the head {head}; going on at the head")
        if head < position:
            return None
        for _ in range(LOOKS - 1):
            if (yield from self._is_there(position, position)):
                return Hole(position, position - 1, f"{position} came late")
        if head < position + WELL_PAST or not (yield from self._is_there(head, position)):
            return None  # maybe it comes yet, or sequence.json is wrong: the next run looks again
        if head > position + GONE:
            oldest = yield from self._oldest_after(position, head)
            if oldest > position + 1:
                return Hole(position, oldest - 1, "these files are older than the feed keeps them")
        return Hole(position, position, f"404 {LOOKS} times while sequence.json is at {head}")

    def _oldest_after(self, missing: int, there: int) -> Generator[FeedStep, None, int]:
        """The lowest number that is there, between one that is missing and one that should be there.

        By bisection; a hole or a slip can mislead it, so it goes on below whatever is there just under its result.
        """
        oldest: int | None = there
        while oldest is not None:
            there, low = oldest, missing
            while there - low > 1:
                middle = (low + there) // 2
                if (yield from self._is_there(middle, missing)):
                    there = middle
                else:
                    low = middle
            oldest = None
            for number in range(there - 1, max(missing, there - 3), -1):
                if oldest is None and (yield from self._is_there(number, missing)):
                    oldest = number
        return there

    def _is_there(self, number: int, position: int) -> Generator[FeedStep, None, bool]:
        """Whether file `number` is there; a 404 is a step, though the cursor stays at `position`."""
        if self._file(number) is not None:
            return True
        yield self._step(position)
        return False

    def _sequence(self) -> int:
        """The number in sequence.json."""
        answer = json.loads(self._json("/ephemeral/sequence.json", None) or b"{}")
        sequence = as_id(answer.get("sequence")) if isinstance(answer, dict) else None
        if sequence is None:
            raise UpstreamError(
                f"R2Z2's sequence.json at {shown(self._base_url)} names no sequence; trying again next run."
            )
        return sequence

    def _file(self, position: int, query: str = "") -> bytes | None:
        """The file of that number; None where it is not there (yet)."""
        return self._json(f"/ephemeral/{position}.json", position, query)

    def _json(self, path: str, position: int | None, query: str = "") -> bytes | None:
        """An answer that is JSON and of the number asked for; stale, cut and HTML answers are asked for again."""
        said = ""
        lacking = 0
        for attempt in range(_ATTEMPTS):
            if said not in ("", _TOO_MANY):
                time.sleep(0.25 * 2**attempt)
            self._keep_quiet()
            response = self._get(path + query)
            if response.status_code == 404:
                self._quiet_until = time.monotonic() + self._pause
                self._has_missed = True
                return None
            if response.status_code == 403:
                raise self._banned()
            if response.status_code == 429:
                self._wait(response, attempt)
                said = _TOO_MANY
                continue
            if response.status_code == 200 and _is_of(response.content, position):
                if position is None or _is_whole(response.content):
                    return response.content
                lacking += 1
                if lacking == attempt + 1 >= _ATTEMPTS_FOR_PARTS:
                    return response.content
            said = f"it {answered(NAME, response)}"
            if not response.is_redirect:
                said += f", {len(response.content)} bytes that are not what was asked for"
        raise UpstreamError(
            f"R2Z2's {path} could not be read ({said}, {_ATTEMPTS} times); "
            "what is staged stays, the next run goes on there."
        )

    def _banned(self) -> UpstreamRefusedError:
        return UpstreamRefusedError(
            f"R2Z2 at {shown(self._base_url)} has banned this address (403). Nothing is asked of it for an hour; what "
            "is staged stays. Does another program at this address ask it, or is KILLMART_CONTACT not set?",
            BAN_SECONDS,
        )

    def _wait(self, response: requests.Response, attempt: int) -> None:
        """Wait as a 429 asks for, the longer the more there were; a long pause is left to the runs to come."""
        seconds = retry_after(response, default=min(5.0 * (attempt + 1), PATIENCE), refusals=attempt)
        if seconds > PATIENCE:
            message = f"R2Z2 at {shown(self._base_url)} wants {seconds:.0f} s of quiet (429); it is asked again then."
            raise UpstreamRefusedError(message, seconds)
        time.sleep(seconds)

    def _keep_quiet(self) -> None:
        wait = self._quiet_until - time.monotonic()
        if wait > 0:
            time.sleep(wait)

    def _get(self, path: str) -> requests.Response:
        try:
            return with_retries(lambda: self._session.get(self._base_url + path))
        except requests.RequestException as error:
            raise unreachable(NAME, error) from None


class _Package(msgspec.Struct):
    killmail_id: Any = None
    hash: Any = None
    esi: msgspec.Raw = msgspec.Raw(b"null")
    zkb: msgspec.Raw = msgspec.Raw(b"null")
    sequence_id: Any = None
    sequence_updated: Any = None
    uploaded_at: Any = None


def _decode(content: bytes) -> _Package:
    """The package in a file. Raises ValueError."""
    return raw_json(content, _Package, raw=("esi", "zkb"))


def _moment_in(value: Any) -> int | None:
    """Seconds since 1970, or None for anything that is no time PostgreSQL can hold."""
    seconds = as_id(value)
    return None if seconds is None or seconds > _LAST_MOMENT else seconds


def _is_of(content: bytes, position: int | None) -> bool:
    """Whether an answer is whole and of the number asked for (the CDN gives old and foreign ones at times)."""
    try:
        if position is None:
            return isinstance(json.loads(content), dict)
        package = _decode(content)
    except (ValueError, RecursionError):
        return False
    return package.sequence_id is None or as_id(package.sequence_id) == position


def _is_whole(content: bytes) -> bool:
    """Whether a package has what every one should have; a missing body can come from ESI."""
    refs, _ = _ref_of(_decode(content), content)
    return bool(refs) and refs[0].zkb is not None


def _ref_of(package: _Package, content: bytes) -> tuple[tuple[Ref, ...], Unreadable | None]:
    killmail_id = as_id(package.killmail_id)
    killmail_hash = hash_in(package.hash)
    if killmail_id is None or not killmail_hash:
        detail = "R2Z2's package names no killmail: " + ("no hash" if killmail_id else "no killmail_id")
        return (), Unreadable(detail, content, killmail_id)
    body = bytes(package.esi)
    ref = Ref(
        killmail_id,
        killmail_hash,
        zkb=zkb_text(bytes(package.zkb)),
        body=body if body.lstrip().startswith(b"{") else None,
    )
    return (ref,), None
