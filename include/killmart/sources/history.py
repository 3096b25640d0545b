"""zKillboard's history: for each UTC day the list of its kills and, since 2026-07-01, their bodies in one file.

Facts: written about 06:00 UTC for days up to yesterday; served with a max-age of a year although old days change, so
no HTTP cache is to be trusted (the session is one without). The bodies come without hash and zkb block. It is R2Z2's
host, with R2Z2's limits.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import BinaryIO, cast

import msgspec
import requests

from killmart.errors import KillmartError, UpstreamError
from killmart.model.days import DayBody, DayList
from killmart.sources.bounds import LARGEST_BODY, MOST_BODIES, TooLargeError, megabytes
from killmart.sources.days import Parsed, ask, day_number, number_of, read_list, read_totals
from killmart.sources.transport.session import PoliteSession

NAME = "history"
SERVICE = "r2z2"
"""Whose connection, rate and counters it shares."""
LONGEST_DAY = 900.0
"""Seconds that a raw day may take, so that a slow line gets it too."""
_WINDOW = 2 << 20
"""Bytes of a raw day that are read as one."""
_NEXT = re.compile(rb"\}\s*(,)\s*\"-?\d+\"\s*:")
"""Where one killmail ends and the next one begins, or what looks like it inside of one."""
_TRIES = 50


class History:
    """The history at `base_url`, which is R2Z2's; `session` is one without a cache, and with a spool for raw days."""

    def __init__(self, session: PoliteSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url
        self.counter = session.counter

    def totals(self) -> dict[date, int]:
        """How many kills each day has. Raises UpstreamError."""
        return self._get("totals", lambda response: read_totals(response.content)) or {}

    def day_list(self, day: date) -> DayList | None:
        """The kills of a day, None where the history has no such day (yet). Raises UpstreamError."""
        return self._get(day_number(day), lambda response: read_list(response.content, day))

    def raw(self, day: date) -> Iterator[DayBody] | None:
        """The bodies of a day, byte for byte, None where there is no such file. Raises UpstreamError.

        The file lies on disk until the iterator is through, and was checked throughout. A body under an id that is no
        number comes with the id None.
        """
        try:
            found = self._get(f"raw/{day_number(day)}", partial(_RawDay.of, day), is_large=True)
        except OSError as error:
            raise KillmartError(
                f"The history's raw file of {day} cannot be put down on disk: {error.strerror or error}. Nothing of it "
                "was loaded; see that there is room and that KILLMART_HOME can be written to, then run it again."
            ) from error
        return None if found is None else iter(found)

    def _get(self, name: str, parse: Callable[[requests.Response], Parsed], *, is_large: bool = False) -> Parsed | None:
        """The file of that name, parsed; None where there is none."""
        url = f"{self._base_url}/history/{name}.json"
        return ask(SERVICE, url, lambda: self._session.get(url, stream=is_large), parse)


class _RawDay:
    """One JSON object of bodies in a file, split into windows of whole bodies."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._windows: list[tuple[int, int]] = []

    @classmethod
    def of(cls, day: date, response: requests.Response) -> _RawDay:
        """The bodies in an answer. Raises ValueError where they are none, UpstreamError where they are too many."""
        found = cls(cast(BinaryIO, response.raw))
        try:
            found._check()
        except TooLargeError as error:
            raise UpstreamError(
                f"The history's raw file of {day} {error}, which no day has. Nothing of it was loaded; what is loaded "
                "stays. The day can be had from EVE Ref or from ESI, or from the history once it is mended there."
            ) from None
        return found

    def __iter__(self) -> Iterator[DayBody]:
        with self._file:
            for start, length in self._windows:
                self._file.seek(start)
                for text, body in (_read_bodies(self._file.read(length)) or {}).items():
                    yield DayBody(number_of(text), None, bytes(body))

    def _check(self) -> None:
        """Find the windows, and in them no more killmails, nor larger ones, than a day has."""
        length = self._file.seek(0, os.SEEK_END)
        at, count, is_last = self._begin(length), 0, False
        while not is_last:
            self._file.seek(at)
            text = self._file.read(_WINDOW)
            is_last = at + len(text) == length
            size, following, bodies = _last_of(text) if is_last else _first_of(text)
            if bodies is None:
                if len(text) > LARGEST_BODY and not is_last and _is_cut_off(text):
                    raise TooLargeError(f"has a killmail of more than {megabytes(LARGEST_BODY)}")
                raise ValueError(f"{length} bytes that are no JSON object of bodies, at byte {at}")
            if any(len(memoryview(body)) > LARGEST_BODY for body in bodies.values()):
                raise TooLargeError(f"has a killmail of more than {megabytes(LARGEST_BODY)}")
            count += len(bodies)
            if count > MOST_BODIES:
                raise TooLargeError(f"has more than {MOST_BODIES:,} killmails")
            self._windows.append((at, size))
            at += following

    def _begin(self, length: int) -> int:
        """The place behind the brace that opens the object."""
        self._file.seek(0)
        text = self._file.read(_WINDOW)
        if not text.lstrip().startswith(b"{"):
            raise ValueError(f"{length} bytes that are no JSON object of bodies")
        return text.index(b"{") + 1


_Bodies = dict[str, msgspec.Raw]
_decode = msgspec.json.Decoder(_Bodies).decode


def _read_bodies(text: bytes) -> _Bodies | None:
    """The bodies in what stands between the braces of an object, by the text of their ids; None where it is broken."""
    try:
        return _decode(b"{" + text + b"}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _is_cut_off(text: bytes) -> bool:
    """Whether a text is sound as far as it goes, and goes on: what is in it is no broken file, but a huge body."""
    try:
        _decode(b"{" + text)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except (UnicodeDecodeError, RecursionError):
        return False
    return False


def _first_of(text: bytes) -> tuple[int, int, _Bodies | None]:
    """The whole bodies that a text begins with: how long they are, where the next one begins, and what they are."""
    for found in reversed(deque(_NEXT.finditer(text), _TRIES)):
        if (bodies := _read_bodies(text[: found.start() + 1])) is not None:
            return found.start() + 1, found.end(1), bodies
    return 0, 0, None


def _last_of(text: bytes) -> tuple[int, int, _Bodies | None]:
    """The same of a text that the object ends with."""
    text = text.rstrip()
    size = len(text) - 1
    return size, size, _read_bodies(text[:size]) if text.endswith(b"}") else None
