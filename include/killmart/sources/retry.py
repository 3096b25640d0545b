"""Retries of one request: time-outs and 5xx, a few times, with backoff and jitter (tenacity)."""

from __future__ import annotations

import logging
from collections.abc import Callable

import requests
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from killmart.sources.http import TRANSIENT_STATUSES

log = logging.getLogger(__name__)

ATTEMPTS = 3


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


def retry_after(response: requests.Response, default: float) -> float:
    """Seconds of a Retry-After header; `default` where it is missing or unreadable."""
    try:
        return max(0.0, float(response.headers.get("Retry-After", default)))
    except ValueError:
        return default
