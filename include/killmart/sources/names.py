"""ESI's lookups: names of up to 1,000 ids, and where up to 1,000 characters belong.

Facts: one bad id spoils the whole request (404 for names, 400 for affiliations), so a refused request is halved until
the bad ids are found. Every refusal counts as an error, of which ESI allows 100 a minute to all of an address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import requests

from killmart.errors import UpstreamError
from killmart.sources.esi import ERROR_LIMIT_FLOOR, HEADERS, NAME, REFUSALS, errors_left, quiet_seconds
from killmart.sources.http import answered, unreachable
from killmart.sources.retry import with_retries
from killmart.sources.transport.session import PoliteSession
from killmart.sources.transport.urls import shown

log = logging.getLogger(__name__)

LOOKUPS = "esi lookups"
"""Name under which the lookups alone are paused: they are what makes errors, the killmails need not wait for them."""
LOOKUPS_FLOOR = ERROR_LIMIT_FLOOR + 10
"""With so many errors left the lookups pause, so that with other errors beside theirs the half is not reached."""
MAX_IDS = 1000
MAX_AGE_SECONDS = 3600.0
"""ESI keeps an affiliation that long before it looks again."""
KNOWN_NAME = 30000142
"""Jita: an id that has a name as long as this is ESI."""
ALL_BAD = 10
"""So many bad ids without a good one among them are not believed before ESI has shown that it knows anything."""


class Name(msgspec.Struct, frozen=True):
    """What ESI calls an id, and what it is (`character`, `corporation`, `alliance`, …)."""

    id: int
    category: str
    name: str


class Affiliation(msgspec.Struct, frozen=True):
    """Where a character belongs."""

    character_id: int
    corporation_id: int
    alliance_id: int | None = None


_Row = TypeVar("_Row", Name, Affiliation)


@dataclass(frozen=True)
class Resolved(Generic[_Row]):
    """What ESI says of ids, all of them good; `age_seconds` is how old ESI's knowledge was."""

    ids: tuple[int, ...]
    rows: tuple[_Row, ...]
    age_seconds: float


@dataclass(frozen=True)
class Bad:
    """An id that ESI refuses."""

    eve_id: int


class Pauses(Protocol):
    """What the workers of this installation share about ESI's patience (ops.pauses)."""

    def seconds(self, services: Sequence[str]) -> float:
        """Seconds until all of `services` may be asked again; 0 where they may."""

    def pause(self, service: str, seconds: float, reason: str) -> None:
        """Let nobody of this installation ask `service` for that long, or longer where refusals go on."""

    def answered(self, services: Sequence[str]) -> None:
        """Note that `services` want quiet no more."""


Wait = Callable[[float], bool]
"""Waits so many seconds, or says False where there is no time for that: then the lookup ends where it is."""


@dataclass(frozen=True)
class _Route(Generic[_Row]):
    """One of the two routes: `id_field` of its rows is the id that was asked for."""

    path: str
    decoder: msgspec.json.Decoder[list[_Row]]
    id_field: str
    refusal: int


_NAMES = _Route("/universe/names", msgspec.json.Decoder(list[Name]), "id", 404)
_AFFILIATIONS = _Route("/characters/affiliation", msgspec.json.Decoder(list[Affiliation]), "character_id", 400)


class Lookups:
    """ESI's lookups at `base_url`, keeping its error limit far from being reached."""

    def __init__(self, session: PoliteSession, base_url: str, pauses: Pauses) -> None:
        self._session = session
        self._base_url = base_url
        self._pauses = pauses

    def names(self, ids: Sequence[int], wait: Wait) -> Iterator[Resolved[Name] | Bad]:
        """Resolve up to 1,000 different ids, part by part; ends early where `wait` has no time left.

        Raises UpstreamError where ESI is away, or answers what it never does.
        """
        return _halve(lambda some: self._answer(_NAMES, some, wait), ids)

    def affiliations(self, ids: Sequence[int], wait: Wait) -> Iterator[Resolved[Affiliation] | Bad]:
        """The same for the affiliations of characters."""
        return _halve(lambda some: self._answer(_AFFILIATIONS, some, wait), ids)

    def _answer(self, route: _Route[_Row], ids: Sequence[int], wait: Wait) -> Resolved[_Row] | None:
        """ESI's answer for these ids, None where one of them is bad; waits out the pauses."""
        while True:
            seconds = self._pauses.seconds((NAME, LOOKUPS))
            if not seconds:
                response = self._ask(route, ids)
                if response.status_code not in REFUSALS:
                    return self._read(route, ids, response)
            elif not wait(seconds):
                raise _NoTimeLeft

    def _ask(self, route: _Route[Any], ids: Sequence[int]) -> requests.Response:
        url = self._base_url + route.path

        def send() -> requests.Response:
            response = self._session.post(url, json=list(ids), headers=HEADERS)
            heed(self._pauses, response)
            if response.status_code == 200:
                _rows(route, ids, response)
            return response

        try:
            return with_retries(send)
        except requests.exceptions.InvalidJSONError as error:
            raise UpstreamError(
                f"{shown(url)} answered 200 with what is no answer to the question ({error}); nothing of it was used, "
                "the next run tries again."
            ) from error
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error

    def _read(self, route: _Route[_Row], ids: Sequence[int], response: requests.Response) -> Resolved[_Row] | None:
        if response.status_code == 200:
            return Resolved(tuple(ids), _rows(route, ids, response), _age(response))
        if response.status_code == route.refusal and _is_error(response):
            return None
        raise UpstreamError(
            f"{shown(self._base_url + route.path)} {answered(NAME, response)}; the names and affiliations here "
            "stay, the next run goes on. If this goes on, look at the connection esi in Airflow."
        )


def heed(pauses: Pauses, response: requests.Response) -> None:
    """Pause the lookups, or everybody, where the headers say that errors are getting scarce."""
    remaining = errors_left(response)
    if response.status_code in REFUSALS:
        pauses.pause(NAME, quiet_seconds(response), REFUSALS[response.status_code])
    elif remaining < ERROR_LIMIT_FLOOR:
        pauses.pause(NAME, quiet_seconds(response), "half of the allowed errors are used")
    elif remaining <= LOOKUPS_FLOOR:
        pauses.pause(LOOKUPS, quiet_seconds(response), f"{remaining:.0f} errors are left in this minute")
    elif response.status_code < 500:
        pauses.answered((NAME, LOOKUPS))


def _halve(ask: Callable[[list[int]], Resolved[_Row] | None], ids: Sequence[int]) -> Iterator[Resolved[_Row] | Bad]:
    """Ask for `ids` as a whole, and where they are refused for halves of them, until the bad ones stand alone.

    Where the first half of a refused part is good the bad id is in the second, which is halved without being asked
    for as a whole: that saves half of the errors. An id is called bad when ESI refused it alone.
    """
    waiting = [(list(ids), False)]
    try:
        while waiting:
            some, has_bad = waiting.pop()
            part, rest = (some[: len(some) // 2], some[len(some) // 2 :]) if has_bad else (some, [])
            answer = ask(part)
            if answer is not None:
                yield answer
                if rest:
                    waiting.append((rest, len(rest) > 1))
                continue
            if rest:
                waiting.append((rest, False))
            if len(part) == 1:
                yield Bad(part[0])
            else:
                waiting.append((part, True))
    except _NoTimeLeft:
        return


class _NoTimeLeft(Exception):
    pass


def _rows(route: _Route[_Row], ids: Sequence[int], response: requests.Response) -> tuple[_Row, ...]:
    """The rows of an answer; raises InvalidJSONError where it is unreadable or about others than was asked for."""
    try:
        rows = route.decoder.decode(response.content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise requests.exceptions.InvalidJSONError(str(error)) from error
    if not {getattr(row, route.id_field) for row in rows} <= set(ids):
        raise requests.exceptions.InvalidJSONError("it is about other ids")
    return tuple(rows)


def _is_error(response: requests.Response) -> bool:
    """Whether this is ESI's own refusal, and not that of a server that knows no such route."""
    try:
        return "error" in msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError):
        return False


def _age(response: requests.Response) -> float:
    """Seconds that an answer was old when it left ESI, by ESI's own clocks; at most an hour."""
    try:
        sent = parsedate_to_datetime(response.headers["Date"])
        changed = parsedate_to_datetime(response.headers["Last-Modified"])
        return min(max((sent - changed).total_seconds(), 0.0), MAX_AGE_SECONDS)
    except (KeyError, ValueError, TypeError):
        return 0.0
