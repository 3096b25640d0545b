"""One answer of R2Z2: a file by its number, or the number in sequence.json; asked for until it is what it should be.

A 404 means "not yet": R2Z2 asks to be left alone for 6 s then. Its CDN gives old and foreign answers at times, and an
address that it does not know yet passes its caches by.
"""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.ref import Ref, Unreadable
from killmart.sources.feed import UnreadableAnswerError, no_answer
from killmart.sources.http import answered
from killmart.sources.package import as_id, hash_in, raw_json, zkb_text
from killmart.sources.retry import BAN_SECONDS, TRANSIENT_STATUSES, back_off, quiet_after, with_retries
from killmart.sources.transport.bound import OversizedAnswerError
from killmart.sources.transport.session import PoliteSession
from killmart.sources.transport.urls import shown

_ATTEMPTS = 5
_LONGEST_SEARCH = 60.0
"""Seconds after which an answer is not asked for again, whatever attempts are left."""
TOO_MANY = "429"
_LAST_MOMENT = 32_503_680_000  # the year 3000
_ATTEMPTS_FOR_PARTS = 4
"""So often a file must come without zkb block, hash or id, every time, before that is taken as all there is."""


class R2Z2Files:
    """What is below `base_url`; after a 404 nothing is asked for `pause_seconds`."""

    def __init__(self, session: PoliteSession, base_url: str, pause_seconds: float) -> None:
        self._session = session
        self._base_url = base_url
        self._pause = pause_seconds
        self._quiet_until = 0.0
        self._has_missed = False

    def rest(self, seconds_since_404: float) -> None:
        """Keep the pause after a 404 that an earlier process got (below 0 where the clock was set back since)."""
        self._quiet_until = time.monotonic() + self._pause - min(max(0.0, seconds_since_404), self._pause)

    def take_missed(self) -> bool:
        """Whether there was a 404 since the last call."""
        has_missed, self._has_missed = self._has_missed, False
        return has_missed

    def find(self, number: int, *, fresh: bool = False, query: str = "", once: bool = False) -> bytes | None:
        """The file of that number, past all caches if `fresh`; None where it is not there (yet).

        `once` takes the first answer, whatever it is. Raises UnreadableAnswerError where something else comes in its
        place, UpstreamError where nobody answers.
        """
        query = _fresh() if fresh else query
        return self._ask(f"/ephemeral/{number}.json", number, query, 1 if once else _ATTEMPTS)

    def sequence(self) -> int:
        """The number in sequence.json, past all caches; it trails the newest file, by hours where a purge failed."""
        try:
            answer = json.loads(self._ask("/ephemeral/sequence.json", None, _fresh(), _ATTEMPTS) or b"{}")
        except UnreadableAnswerError as error:
            raise UpstreamError(str(error)) from None
        sequence = as_id(answer.get("sequence")) if isinstance(answer, dict) else None
        if sequence is None:
            raise UpstreamError(
                f"R2Z2's sequence.json at {shown(self._base_url)} names no sequence; trying again next run."
            )
        return sequence

    def _ask(self, path: str, number: int | None, query: str, attempts: int) -> bytes | None:
        """An answer that is JSON and of the number asked for; stale, cut and HTML answers are asked for again."""
        said, content, lacking = "", b"", 0
        began = time.monotonic()
        for attempt in range(attempts):
            if said not in ("", TOO_MANY):
                if time.monotonic() - began > _LONGEST_SEARCH:
                    break
                back_off(attempt)
            self._keep_quiet()
            try:
                response = with_retries(lambda: self._session.get(self._base_url + path + query))
            except requests.RequestException as error:
                failure = no_answer("r2z2", error)
                if not isinstance(failure, UnreadableAnswerError):
                    raise failure from None
                said, content = failure.reason, b""
                if isinstance(error, OversizedAnswerError):
                    break
                continue
            if response.status_code == 404:
                self._quiet_until = time.monotonic() + self._pause
                self._has_missed = True
                return None
            if response.status_code == 403:
                raise self._banned()
            if response.status_code == 429:
                time.sleep(quiet_after(response, attempt, f"R2Z2 at {shown(self._base_url)}"))
                said = TOO_MANY
                continue
            content = response.content
            if response.status_code == 200 and _is_of(content, number):
                if number is None or _is_whole(content):
                    return content
                lacking += 1
                if lacking == attempt + 1 >= min(attempts, _ATTEMPTS_FOR_PARTS):
                    return content
            said = answered("r2z2", response)
            if response.is_redirect or (attempt and response.status_code in TRANSIENT_STATUSES):
                break  # what another request would not undo; 5xx was asked again three times in each attempt
            said += f", {len(content)} bytes that are not what was asked for"
        raise UnreadableAnswerError(
            f"R2Z2's {path} could not be read, however often it was asked for ({said}); "
            "what is staged stays, the next run goes on there.",
            said,
            content,
        )

    def _banned(self) -> UpstreamRefusedError:
        return UpstreamRefusedError(
            f"R2Z2 at {shown(self._base_url)} has banned this address (403). Nothing is asked of it for an hour; what "
            "is staged stays. Does another program at this address ask it, or is KILLMART_CONTACT not set?",
            BAN_SECONDS,
        )

    def _keep_quiet(self) -> None:
        wait = self._quiet_until - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def _fresh() -> str:
    """A query that nobody has sent before."""
    return f"?fresh={time.time_ns()}"


class Package(msgspec.Struct):
    killmail_id: Any = None
    hash: Any = None
    esi: msgspec.Raw = msgspec.Raw(b"null")
    zkb: msgspec.Raw = msgspec.Raw(b"null")
    sequence_id: Any = None
    sequence_updated: Any = None
    uploaded_at: Any = None


def decode(content: bytes) -> Package:
    """The package in a file. Raises ValueError."""
    return raw_json(content, Package, raw=("esi", "zkb"))


def moment_in(value: Any) -> int | None:
    """Seconds since 1970, or None for anything that is no time PostgreSQL can hold."""
    seconds = as_id(value)
    return None if seconds is None or seconds > _LAST_MOMENT else seconds


def _is_of(content: bytes, position: int | None) -> bool:
    """Whether an answer is whole and of the number asked for (the CDN gives old and foreign ones at times)."""
    try:
        if position is None:
            return isinstance(json.loads(content), dict)
        package = decode(content)
    except (ValueError, RecursionError):
        return False
    return package.sequence_id is None or as_id(package.sequence_id) == position


def _is_whole(content: bytes) -> bool:
    """Whether a package has what every one should have; a missing body can come from ESI."""
    refs, _ = ref_of(decode(content), content)
    return bool(refs) and refs[0].zkb is not None


def ref_of(package: Package, content: bytes) -> tuple[tuple[Ref, ...], Unreadable | None]:
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
