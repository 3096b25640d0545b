"""Days of real size for benchmarks: the genuine ones cloned, with shifted ids and times, hashes worked out again."""

from __future__ import annotations

import bz2
import io
import tarfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec

from support import oracle, realdata

_FIRST = date.fromisoformat(realdata.DAYS[0])
_ID_STEP = 1_000_000
"""Ids rise with the days, as real ones do."""
NEAR_STEP = 100_000
"""The same so that days lie close, as real ones do, and no two of them have an id in common."""


@cache
def _genuine(day: str) -> tuple[bytes, ...]:
    return tuple(kill.text for kill in realdata.day_archive(day))


def cloned_day(number: int, id_step: int = _ID_STEP) -> tuple[date, Iterator[tuple[int, str, bytes]]]:
    """The day that is `number` days after the first genuine one, and its kills: id, hash, body as EVE Ref packs it."""
    day, genuine = _FIRST + timedelta(days=number), realdata.DAYS[number % len(realdata.DAYS)]
    shift = day - date.fromisoformat(genuine)
    return day, (clone(content, id_step * number, shift) for content in _genuine(genuine))


def clone(content: bytes, id_step: int, shift: timedelta) -> tuple[int, str, bytes]:
    """A killmail with another id and time: id, hash, body as EVE Ref packs it."""
    body = msgspec.json.decode(content)
    body["killmail_id"] += id_step
    killed_at = datetime.fromisoformat(body["killmail_time"]) + shift
    body["killmail_time"] = killed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    body["killmail_hash"] = oracle.killmail_hash_of(body)
    return body["killmail_id"], body["killmail_hash"], msgspec.json.encode(body)


def cloned_archive(number: int, folder: Path) -> tuple[date, Path]:
    """The archive of a cloned day, as EVE Ref packs it, in `folder`."""
    day, kills = cloned_day(number)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for killmail_id, _, content in kills:
            member = tarfile.TarInfo(f"killmails/{killmail_id}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    path = folder / f"killmails-{day}.tar.bz2"
    path.write_bytes(bz2.compress(packed.getvalue()))
    return day, path
