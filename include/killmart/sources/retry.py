"""Retries of one request: time-outs and 5xx, a few times, with backoff and jitter (tenacity)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from killmart.model.waits import grown_pause
from killmart.sources.http import TRANSIENT_STATUSES

log = logging.getLogger(__name__)

ATTEMPTS = 3
PATIENCE = 15.0
"""Seconds that a run waits for an upstream by itself; a longer pause ends it and is kept for the runs to come."""


def with_retries(send: Callable[[], requests.Response]) -> requests.Response:
    """The answer of `send`, tried up to three times; the last answer or exception where all fail."""
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=5.0, jitter=0.3),
        retry=retry_if_exception_type(requests.RequestException)
        | retry_if_result(lambda response: response.status_code in TRANSIENT_STATUSES),
    )
    try:
        return retrying(send)
    except RetryError as error:
        if error.last_attempt.failed:
            raise error.last_attempt.exception() from None  # type: ignore[misc]
        response: requests.Response = error.last_attempt.result()
        return response


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
