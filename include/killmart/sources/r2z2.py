"""R2Z2: zKillboard's feed of numbered files, each with body, hash and zkb block; the cursor is ours.

Reads are idempotent, so a crash loses nothing: the position is committed with the rows. The order is that of
processing, not of ids or time. A 404 means "not yet": it asks to be left alone for 6 s then, also by the next
process. A number that stays away while sequence.json is well past it is a hole: recorded and stepped over.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.ref import Cursor, FeedStep, Hole, Ref, Unreadable
from killmart.sources.http import PoliteSession, shown, unreachable
from killmart.sources.package import as_id, raw_json
from killmart.sources.retry import retry_after, with_retries

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


class R2Z2:
    """The feed at `base_url`; `start` is where it begins without a cursor (0: at the head)."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, *, start: int = 0, pause_seconds: float = 6.0) -> None:
        self._session = session
        self._base_url = base_url
        self._start = start
        self._pause = pause_seconds
        self._quiet_until = 0.0

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on until the next number is not published yet; the caller commits each step.

        Raises UpstreamRefusedError on a ban, UpstreamError where the feed is away or answers nonsense.
        """
        if cursor.seconds_since_404 is not None:
            self._quiet_until = time.monotonic() + max(0.0, self._pause - cursor.seconds_since_404)
        position = int(cursor.position) if cursor.position else self._start or self._sequence()
        yield FeedStep(position=str(position))
        while True:
            content = self._file(position)
            if content is not None:
                yield self._read(position, content)
                position += 1
                continue
            yield FeedStep(position=str(position), is_not_found=True)
            hole = self._hole_at(position)
            if hole is None:
                return
            log.warning("R2Z2 has no %d to %d: %s; stepping over", hole.first, hole.last, hole.reason)
            position = hole.last + 1
            yield FeedStep(position=str(position), hole=hole, is_not_found=True)

    def _read(self, position: int, content: bytes) -> FeedStep:
        """What file `position` holds, with the older file that it says was republished."""
        package = _decode(content)
        refs, unreadable = _ref_of(package, content)
        if isinstance(package.sequence_updated, int) and 0 < package.sequence_updated < position:
            again = self._file(package.sequence_updated)
            if again is not None:
                renewed, _ = _ref_of(_decode(again), again)
                refs = (*refs, *renewed)
        return FeedStep(position=str(position + 1), refs=refs, unreadable=unreadable)

    def _hole_at(self, position: int) -> Hole | None:
        """The hole that begins at `position`, or None where the feed simply ends there for now."""
        head = self._sequence()
        if head + TRAIL < position:
            return Hole(head + 1, head, f"our cursor {position} was beyond the head {head}; going on at the head")
        if head < position + WELL_PAST:
            return None
        if head > position + GONE:
            oldest = self._oldest_after(position, head)
            return Hole(position, oldest - 1, "these files are older than the feed keeps them")
        for _ in range(LOOKS - 1):
            if self._file(position) is not None:
                return Hole(position, position - 1, "it came late")
        return Hole(position, position, f"404 {LOOKS} times while sequence.json is at {head}")

    def _oldest_after(self, missing: int, there: int) -> int:
        """The lowest number that is there, by bisection between one that is missing and one that should be there."""
        while there - missing > 1:
            middle = (missing + there) // 2
            if self._file(middle) is None:
                missing = middle
            else:
                there = middle
        return there

    def _sequence(self) -> int:
        """The number in sequence.json."""
        answer = json.loads(self._json("/ephemeral/sequence.json", None) or b"{}")
        sequence = as_id(answer.get("sequence")) if isinstance(answer, dict) else None
        if sequence is None:
            raise UpstreamError(
                f"R2Z2's sequence.json at {shown(self._base_url)} names no sequence; trying again next run."
            )
        return sequence

    def _file(self, position: int) -> bytes | None:
        """The file of that number; None where it is not there (yet)."""
        return self._json(f"/ephemeral/{position}.json", position)

    def _json(self, path: str, position: int | None) -> bytes | None:
        """An answer that is JSON and of the number asked for; stale, cut and HTML answers are asked for again."""
        said = ""
        for attempt in range(_ATTEMPTS):
            self._keep_quiet()
            response = self._get(path)
            if response.status_code == 404:
                self._quiet_until = time.monotonic() + self._pause
                return None
            if response.status_code == 403:
                raise UpstreamRefusedError(
                    f"R2Z2 at {shown(self._base_url)} has banned this address (403). Nothing is asked of it for an "
                    "hour; what is staged stays. Does another program at this address ask it, or is KILLMART_CONTACT "
                    "not set?",
                    BAN_SECONDS,
                )
            if response.status_code == 429:
                time.sleep(retry_after(response, default=5.0 * (attempt + 1)))
                said = "429"
                continue
            if response.status_code == 200 and _is_of(response.content, position):
                return response.content
            said = f"{response.status_code}, {len(response.content)} bytes that are not what was asked for"
            time.sleep(min(0.5 * 2**attempt, 4.0))
        raise UpstreamError(
            f"R2Z2's {path} could not be read ({said}, {_ATTEMPTS} times); "
            "what is staged stays, the next run goes on there."
        )

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


def _decode(content: bytes) -> _Package:
    """The package in a file. Raises ValueError."""
    return raw_json(content, _Package, raw=("esi", "zkb"))


def _is_of(content: bytes, position: int | None) -> bool:
    """Whether an answer is whole and of the number asked for (the CDN gives old and foreign ones at times)."""
    try:
        if position is None:
            return isinstance(json.loads(content), dict)
        package = _decode(content)
    except ValueError:
        return False
    return package.sequence_id is None or as_id(package.sequence_id) == position


def _ref_of(package: _Package, content: bytes) -> tuple[tuple[Ref, ...], Unreadable | None]:
    killmail_id = as_id(package.killmail_id)
    killmail_hash = package.hash.strip() if isinstance(package.hash, str) else ""
    if killmail_id is None or not killmail_hash:
        detail = "R2Z2's package names no killmail: " + ("no hash" if killmail_id else "no killmail_id")
        return (), Unreadable(detail, content, killmail_id)
    zkb = bytes(package.zkb)
    body = bytes(package.esi)
    ref = Ref(
        killmail_id,
        killmail_hash,
        zkb=zkb if zkb.lstrip().startswith(b"{") else None,
        body=body if body.lstrip().startswith(b"{") else None,
    )
    return (ref,), None
