"""Days of real size for benchmarks: the genuine ones cloned, with shifted ids and times, hashes worked out again.

Ids are as in reality: they rise with time, 20,000 a day. The day whose number is BOUNDARY begins a range of ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache

import msgspec

from bench.cloning import IDS_A_DAY
from support import oracle, realdata

BOUNDARY = 170
_FIRST = date.fromisoformat(realdata.DAYS[0])
_FIRST_ID = 100_000_000 - BOUNDARY * IDS_A_DAY


def day_of(number: int) -> date:
    """The day that is `number` days after the first genuine one."""
    return _FIRST + timedelta(days=number)


@cache
def _genuine(day: str) -> tuple[tuple[bytes, ...], int]:
    """The killmails of a day by their ids, and the least id."""
    kills = sorted((kill.body["killmail_id"], kill.text) for kill in realdata.day_archive(day))
    return tuple(text for _, text in kills), kills[0][0]


def cloned_day(number: int, most: int | None = None) -> tuple[date, Iterator[tuple[int, str, bytes]]]:
    """A day and its kills: id, hash, body as EVE Ref packs it; of more than `most` so many, evenly over the day."""
    genuine = realdata.DAYS[number % len(realdata.DAYS)]
    kills, first_id = _genuine(genuine)
    count = len(kills) if most is None else min(most, len(kills))
    chosen = (kills[place * len(kills) // count] for place in range(count))
    shift = day_of(number) - date.fromisoformat(genuine)
    id_step = _FIRST_ID + number * IDS_A_DAY - first_id
    return day_of(number), (clone(content, id_step, shift) for content in chosen)


def clone(content: bytes, id_step: int, shift: timedelta) -> tuple[int, str, bytes]:
    """A killmail with another id and time: id, hash, body as EVE Ref packs it."""
    body = msgspec.json.decode(content)
    body["killmail_id"] += id_step
    killed_at = datetime.fromisoformat(body["killmail_time"]) + shift
    body["killmail_time"] = killed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    body["killmail_hash"] = oracle.killmail_hash_of(body)
    return body["killmail_id"], body["killmail_hash"], msgspec.json.encode(body)
