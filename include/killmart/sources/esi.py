"""ESI: killmail bodies by id and hash, at the pace that ESI allows.

Facts: a token bucket per group (2xx costs 2 tokens, 3xx 1, 4xx 5, 5xx and 429 none), announced in the headers
of every answer; 400 and 404 are final, 422 may be untrue once under load, 420 and 429 stop everybody.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import requests

from killmart.model.budget import Budget, RateLimit
from killmart.sources.bounds import LARGEST_BODY
from killmart.sources.http import answered, what_failed
from killmart.sources.retry import number_in, retry_after, with_retries
from killmart.sources.transport.session import PoliteSession

log = logging.getLogger(__name__)

NAME = "esi"
COMPATIBILITY_DATE = "2026-08-18"
HEADERS = {"X-Compatibility-Date": COMPATIBILITY_DATE, "Accept": "application/json"}
"""Of every request to ESI."""
ERROR_LIMIT_FLOOR = 50
"""At least so many of the 100 errors a minute are to be left, whatever happens."""
BODIES_FLOOR = ERROR_LIMIT_FLOOR + 20
"""Below this rest everybody pauses until the count starts over: what is in flight may fail as well."""
REFUSALS = {420: "420: too many errors", 429: "429: the token bucket is empty"}
"""Answers by which ESI wants quiet, and what each says."""
COST_UNKNOWN = 2
"""Tokens booked for a request without an answer, which may have been answered in earnest."""


@dataclass(frozen=True)
class Fetched:
    """The body, byte for byte."""

    body: bytes


@dataclass(frozen=True)
class Failed:
    """No body this time; worth another try later."""

    error: str


@dataclass(frozen=True)
class Garbled:
    """200, but the body is no JSON (cut off, HTML); worth another try later."""

    body: bytes
    error: str


@dataclass(frozen=True)
class Rejected:
    """422: ESI says that id and hash do not belong together."""

    error: str


@dataclass(frozen=True)
class Gone:
    """400 or 404: ESI does not have this one; `is_askable` is off where no request for it can be made."""

    error: str
    is_askable: bool = True


@dataclass(frozen=True)
class Paused:
    """Nothing was asked: the budget is spent or ESI wants quiet."""

    seconds: float


Outcome = Fetched | Garbled | Failed | Rejected | Gone | Paused


def cost(status: int) -> int:
    """Tokens that an answer of this status costs."""
    if 200 <= status < 300:
        return 2
    if 300 <= status < 400:
        return 1
    if 400 <= status < 500 and status != 429:
        return 5
    return 0


class Paid:
    """A manner: every request is paid from the budget, and everybody pauses where an answer asks for it."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def __call__(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send one request over the wire, paid from the budget; what the cache has costs nothing."""
        reservation = self._budget.reserve(NAME)
        if isinstance(reservation, float):
            raise _Wait(reservation)
        tokens = COST_UNKNOWN
        limit = None
        try:
            response = send()
            tokens = cost(response.status_code)
            limit = rate_limit_of(response)
        finally:
            self._budget.settle(reservation, tokens, limit)
        self._heed(response)
        return response

    def _heed(self, response: requests.Response) -> None:
        """Pause everybody where ESI asks for it."""
        if response.status_code in REFUSALS:
            self._budget.pause(NAME, quiet_seconds(response), REFUSALS[response.status_code])
        elif errors_left(response) < BODIES_FLOOR:
            reason = f"fewer than {BODIES_FLOOR} of the errors that ESI allows a minute are left"
            self._budget.pause(NAME, quiet_seconds(response), reason)
        elif response.status_code < 500:
            self._budget.answered(NAME)


class Esi:
    """ESI at `base_url`, whose `session` has a cache and is Paid; safe to use from several threads."""

    def __init__(self, session: PoliteSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url
        self.counter = session.counter

    def killmail(self, killmail_id: int, killmail_hash: str, *, anew: bool = False) -> Outcome:
        """Fetch one body; `anew` passes the cache by, where the cached body failed its identity checks."""
        if not re.fullmatch(r"[0-9a-f]{40}", killmail_hash):
            return Gone(f"ESI cannot be asked with the hash {killmail_hash!r}", is_askable=False)
        url = f"{self._base_url}/killmails/{killmail_id}/{killmail_hash}"
        try:
            response = with_retries(lambda: self._session.request("GET", url, headers=HEADERS, force_refresh=anew))
        except _Wait as wait:
            return Paused(wait.seconds)
        except requests.RequestException as error:
            return Failed(f"no answer of use from ESI: {what_failed(error)}")
        return self._outcome(response)

    def _outcome(self, response: requests.Response) -> Outcome:
        status = response.status_code
        said = f"ESI answered {status}"
        if status == 200:
            if len(response.content) > LARGEST_BODY:
                return Failed(f"{said} with {len(response.content):,} bytes, more than a killmail has")
            if _killmail_id_in(response.content) is None:
                return Garbled(response.content, f"{said} with {len(response.content)} bytes that are no killmail")
            return Fetched(response.content)
        if status in (400, 404):
            return Gone(said)
        if status == 422:
            return Rejected(f"{said}: id and hash do not belong together")
        if status in REFUSALS:
            return Paused(quiet_seconds(response))
        return Failed(f"ESI {answered(NAME, response)}")


def is_cacheable(response: requests.Response) -> bool:
    """Whether a body may be kept: it is of the killmail that was asked for.

    Only answers of 200 are ever kept; a no to another one would take out what is there.
    """
    asked = re.search(r"/killmails/(\d+)/", response.url)
    if response.status_code != 200:
        return True
    if asked is None or len(response.content) > LARGEST_BODY:
        return False
    return _killmail_id_in(response.content) == int(asked[1])


def _killmail_id_in(body: bytes) -> int | None:
    """The id in a body; None where it is no JSON object with one."""
    try:
        return msgspec.json.decode(body, type=_Identity).killmail_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class _Identity(msgspec.Struct):
    killmail_id: int


class _Wait(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def rate_limit_of(response: requests.Response) -> RateLimit | None:
    """What the headers say about the token bucket; None where they say nothing."""
    match = re.fullmatch(
        r"(\d{1,7})/(\d{1,6}(?:\.\d+)?)([smh])", response.headers.get("X-Ratelimit-Limit", ""), re.ASCII
    )
    remaining = re.fullmatch(r"\d{1,7}", response.headers.get("X-Ratelimit-Remaining", ""), re.ASCII)
    if not match or not remaining:
        return None
    limit = RateLimit(
        tokens=int(match[1]),
        window_seconds=float(match[2]) * {"s": 1, "m": 60, "h": 3600}[match[3]],
        remaining=int(remaining[0]),
    )
    return limit if limit.tokens >= cost(404) and 1.0 <= limit.window_seconds <= 86_400.0 else None


def errors_left(response: requests.Response) -> float:
    """How many errors ESI allows this minute yet."""
    left = number_in(response, "X-ESI-Error-Limit-Remain")
    return 100.0 if left is None else left


def quiet_seconds(response: requests.Response) -> float:
    """Seconds for which ESI wants quiet: Retry-After, else the end of the window in which it counts errors."""
    reset = number_in(response, "X-ESI-Error-Limit-Reset")
    return retry_after(response, default=60.0 if reset is None else reset)
