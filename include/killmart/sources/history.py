"""zKillboard's history: for each UTC day the list of its kills and, since 2026-07-01, their bodies in one file.

Facts: written about 06:00 UTC for days up to yesterday; served with a max-age of a year although old days change, so
no HTTP cache is to be trusted (the session is one without). The bodies come without hash and zkb block. It is R2Z2's
host, with R2Z2's limits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date

import msgspec
import requests

from killmart.model.days import DayBody, DayList
from killmart.sources.days import Answer, ask, day_number, number_of, read_list, read_totals, refuse_long_pause
from killmart.sources.http import PoliteSession
from killmart.sources.retry import PATIENCE, retry_after

NAME = "history"
SERVICE = "r2z2"
"""Whose connection, rate and counters it shares."""
LONGEST_DAY = 900.0
"""Seconds that a raw day may take, so that a slow line gets it too."""
LARGEST_DAY = 512 << 20
"""Bytes that the session must let through (`build_session(…, largest=LARGEST_DAY)`): a raw day has 50 to 100 MB."""


class History:
    """The history at `base_url`, which is R2Z2's; `session` is one without a cache."""

    def __init__(self, session: PoliteSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url
        self.counter = session.counter

    def totals(self) -> dict[date, int]:
        """How many kills each day has. Raises UpstreamError."""
        return self._get("totals", read_totals) or {}

    def day_list(self, day: date) -> DayList | None:
        """The kills of a day, None where the history has no such day (yet). Raises UpstreamError."""
        return self._get(day_number(day), lambda content: read_list(content, day))

    def raw(self, day: date) -> Iterator[DayBody] | None:
        """The bodies of a day, byte for byte, None where there is no such file. Raises UpstreamError.

        The whole file is in memory until the iterator is through: its text is one JSON object, which no reader takes
        in pieces. A body under an id that is no number comes with the id None.
        """
        bodies = self._get(f"raw/{day_number(day)}", _read_raw)
        return None if bodies is None else _bodies(bodies)

    def _get(self, name: str, parse: Callable[[bytes], Answer]) -> Answer | None:
        """The file of that name, parsed; None where there is none."""
        url = f"{self._base_url}/history/{name}.json"
        return ask(SERVICE, url, lambda: self._session.get(url), lambda response: parse(response.content), _wait)


def _read_raw(content: bytes) -> dict[str, msgspec.Raw]:
    """The bodies by the text of their ids. Raises ValueError."""
    try:
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{len(content)} bytes that are no JSON object of bodies ({error})") from None


def _bodies(bodies: dict[str, msgspec.Raw]) -> Iterator[DayBody]:
    for text, body in bodies.items():
        yield DayBody(number_of(text), None, bytes(body))


def _wait(response: requests.Response, attempt: int) -> None:
    seconds = retry_after(response, default=min(5.0 * (attempt + 1), PATIENCE), refusals=attempt)
    refuse_long_pause(SERVICE, seconds)
    time.sleep(seconds)
