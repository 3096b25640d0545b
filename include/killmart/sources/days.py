"""What the sources of whole days share: their lists and totals read with care, and requests that wait when asked to."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.days import DayList
from killmart.model.killmail import CCP_VERIFIED
from killmart.sources.bounds import TooLargeError, refuse_many
from killmart.sources.http import answered, unreachable, what_came
from killmart.sources.package import as_id
from killmart.sources.retry import BAN_SECONDS, back_off, quiet_after, retry_after, with_retries
from killmart.sources.transport.urls import shown

log = logging.getLogger(__name__)

TRIES = 5
_TOO_MANY_SECONDS = 5.0
"""How long after a 429 that does not say so."""
_HASH = re.compile(r"[0-9a-f]{40}")
Parsed = TypeVar("Parsed")


def day_number(day: date) -> str:
    """`20261101`, as day lists and totals name a day."""
    return f"{day:%Y%m%d}"


def read_object(content: bytes) -> dict[str, Any]:
    """A JSON object. Raises ValueError for anything else."""
    try:
        refuse_many(content)
        return msgspec.json.decode(content, type=dict[str, Any])
    except TooLargeError as error:
        raise ValueError(f"a list that {error}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{len(content)} bytes that are no JSON object ({error})") from None


def read_totals(content: bytes) -> dict[date, int]:
    """`{"YYYYMMDD":n}` as days and counts; entries that are neither are left out. Raises ValueError."""
    totals: dict[date, int] = {}
    for text, count in read_object(content).items():
        try:
            day = datetime.strptime(text, "%Y%m%d").date()
        except ValueError:
            log.warning("totals.json has an entry that is no day: %.40r", text)
            continue
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            totals[day] = count
        else:
            log.warning("totals.json has no number of kills for %s: %.40r", day, count)
    return totals


def read_list(content: bytes, day: date) -> DayList:
    """`{"killID":"hash"}` as a DayList: hashes stripped, ids ≤ 0 and unusable hashes set apart. Raises ValueError."""
    hashes: dict[int, str] = {}
    skipped: dict[str, str] = {}
    for text, given in read_object(content).items():
        killmail_id = as_id(text.strip())
        killmail_hash = given.strip() if isinstance(given, str) else None
        if killmail_id is None:
            skipped[text] = "the id is no positive number of 64 bits"
        elif killmail_hash is None:
            skipped[text.strip()] = f"the hash is no text ({given!r:.40})"
        elif killmail_hash == CCP_VERIFIED or _HASH.fullmatch(killmail_hash):
            hashes[killmail_id] = killmail_hash
        else:
            skipped[text.strip()] = f"the hash {killmail_hash[:60]!r} is not 40 hex digits"
    return DayList(day, hashes, skipped)


def number_of(text: str) -> int | None:
    """The number, negative ones included, that a file calls a killmail by; None where it is none of 64 bits."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def ask(
    service: str,
    url: str,
    send: Callable[[], requests.Response],
    parse: Callable[[requests.Response], Parsed],
) -> Parsed | None:
    """What `parse` makes of the answer of `send` (2xx), or None for 404; patient with what passes.

    `parse` raises ValueError for an answer that is not what was asked for, which is then asked for again.
    Raises UpstreamRefusedError on 403 and where the quiet that it wants would be long, UpstreamError where the
    upstream is away or its answers stay wrong.
    """
    said = ""
    for attempt in range(TRIES):
        try:
            response = with_retries(send)
        except requests.RequestException as error:
            raise unreachable(service, error) from error
        if response.status_code == 404:
            return None
        if response.status_code == 403:
            raise _refused(service, url)
        said = f"it {answered(service, response)}"
        if response.status_code == 429:
            if attempt + 1 < TRIES:
                seconds = quiet_after(response, attempt, service)
                log.warning("%s wants quiet at %s; waiting %.0f s", service, shown(url), seconds)
                time.sleep(seconds)
            continue
        if response.status_code in (200, 206):
            try:
                return parse(response)
            except ValueError as error:
                said = f"{error}; it {what_came(response)}"
        if attempt + 1 < TRIES:
            back_off(attempt)
    raise UpstreamError(
        f"{shown(url)} could not be read, {TRIES} times ({said}); what is loaded stays, the next run tries again. "
        f"If this goes on, look at the connection {service} in Airflow."
    )


def quiet_asked(response: requests.Response) -> float | None:
    """Seconds for which everybody is to leave a host alone that bans (403) or slows down (429)."""
    if response.status_code == 403:
        return BAN_SECONDS
    return retry_after(response, _TOO_MANY_SECONDS) if response.status_code == 429 else None


def _refused(service: str, url: str) -> UpstreamRefusedError:
    return UpstreamRefusedError(
        f"{service} refused {shown(url)} (403), which may be a ban of this address. Nothing is to be asked of it for "
        "an hour; what is loaded stays. Does another program at this address ask it, or is KILLMART_CONTACT not set?",
        BAN_SECONDS,
    )
