"""Retries of one request: time-outs and 5xx, a few times, with backoff and jitter (tenacity).

What will not get better is asked for once.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from killmart.errors import UpstreamRefusedError
from killmart.model.waits import grown_pause
from killmart.sources.transport.bound import OversizedAnswerError

log = logging.getLogger(__name__)

ATTEMPTS = 3
_FINAL = (OversizedAnswerError, InvalidURL, InvalidSchema, MissingSchema, InvalidHeader)
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504, *range(520, 528)})
"""What a second request may find mended; from 520 on Cloudflare's own, of a server that it cannot reach."""
BACKOFF_SECONDS = 0.2
"""Wait before something is asked for again; it doubles with every further time."""
BAN_SECONDS = 3600.0
"""How long to stay away after a 403: zKillboard's hosts ban for about an hour."""
PATIENCE = 15.0
"""Seconds that a run waits for an upstream by itself; a longer pause ends it and is kept for the runs to come."""


def with_retries(send: Callable[[], requests.Response]) -> requests.Response:
    """The answer of `send`, tried up to three times; the last answer or exception where all fail.

    An answer beyond its bounds, and an address that is none, are no better the second time.
    """
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(
            multiplier=BACKOFF_SECONDS, max=25 * BACKOFF_SECONDS, jitter=1.5 * BACKOFF_SECONDS
        ),
        retry=retry_if_exception(_may_pass)
        | retry_if_result(lambda response: response.status_code in TRANSIENT_STATUSES),
    )
    try:
        return retrying(send)
    except RetryError as error:
        if error.last_attempt.failed:
            raise error.last_attempt.exception() from None  # type: ignore[misc]
        response: requests.Response = error.last_attempt.result()
        return response


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, requests.RequestException) and not isinstance(error, _FINAL)


def back_off(attempt: int) -> None:
    """Wait before something is asked for again; `attempt` counts from 0."""
    time.sleep(BACKOFF_SECONDS * 2**attempt)


def quiet_after(response: requests.Response, attempt: int, who: str, first: float = 5.0, hint: str = "") -> float:
    """Seconds that a 429 asks to wait, the longer the more there were: `first` where it does not say so the first time.

    Raises UpstreamRefusedError where they are more than a run waits; `who` wants them, `hint` is added to the message.
    """
    seconds = retry_after(response, default=min(first * (attempt + 1), PATIENCE), refusals=attempt)
    if seconds > PATIENCE:
        raise UpstreamRefusedError(
            f"{who} wants {seconds:.0f} s of quiet (429); it is asked again then, what is here stays.{hint}", seconds
        )
    return seconds


def retry_after(response: requests.Response, default: float, refusals: int = 0) -> float:
    """Seconds of quiet that a Retry-After header asks for; `default` where it is missing or unreadable.

    From a second to an hour, and twice as long at least with each of the `refusals` before it in a row. A date in it
    is compared with the upstream's own Date, so that no clock needs to be right.
    """
    seconds = number_in(response, "Retry-After")
    if seconds is None:
        seconds = _seconds_to_date(response)
    return grown_pause(default if seconds is None else seconds, refusals)


def number_in(response: requests.Response, header: str) -> float | None:
    """The number in a header, however large; None where there is none."""
    text = response.headers.get(header, "").strip()
    return float(text) if re.fullmatch(r"\d+(\.\d*)?", text, re.ASCII) else None


def _seconds_to_date(response: requests.Response) -> float | None:
    """Seconds to the date in Retry-After, below 0 where it is over; None where there is none."""
    try:
        until = parsedate_to_datetime(response.headers.get("Retry-After", ""))
        said = response.headers.get("Date")
        now = parsedate_to_datetime(said) if said else datetime.now(UTC)
        return (until - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
