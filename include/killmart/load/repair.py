"""Repair: derives single killmails again, from bodies still in staging, else from archives or ESI.

Of a day of which core has many of them, EVE Ref's archive is one request in place of many. The others come from ESI, by
the hash that staging or core knows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from killmart.day_sources import DaySources
from killmart.db import staging
from killmart.db.locks import undeadlocked
from killmart.errors import ConfigurationError, KillmartError
from killmart.load.batch import Loaded, alone, load_batch, new_batch
from killmart.load.build import CHUNK, CHUNK_BYTES, MAX_REFETCHES, Built
from killmart.load.day_bodies import bodies_of_esi
from killmart.load.day_plan import FEW
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.everef import NAME

log = logging.getLogger(__name__)


@dataclass
class RepairReport(Loaded):
    """What became of the killmails, in killmails; `missing` has those without a body, each with the reason."""

    missing: dict[int, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every killmail had a body and no batch was blocked."""
        return not (self.missing or self.blocked)


def ids_in(text: str) -> list[int]:
    """The killmail ids of a list such as `97010661,97010830`. Raises ConfigurationError naming what is none."""
    ids: set[int] = set()
    for part in text.replace(",", " ").split():
        if not (part.isascii() and part.isdigit() and 0 < int(part) < 2**63):
            raise ConfigurationError(f"{part!r} is no killmail id; give ids as 97010661,97010830.")
        ids.add(int(part))
    if not ids:
        raise ConfigurationError("No killmail id is given; give ids as 97010661,97010830.")
    return sorted(ids)


def repair_kills(runtime: Runtime, ids: Sequence[int]) -> RepairReport:
    """Derive these killmails again and bring them to core through the gate; what core has cell for cell stays."""
    owner, most = f"{runtime.owner} repair", runtime.settings.batch_kills
    report = RepairReport()
    with alone(runtime, owner), closing(DaySources(runtime)) as sources:
        for at in range(0, len(ids), most):
            built, missing = undeadlocked(_build, runtime, owner, sources, ids[at : at + most])
            report.missing |= missing
            load_batch(runtime, built, report)
    log.info(
        "%d killmails derived again: %d new, %d changed, %d unchanged, %d to quarantine, %d without a body",
        len(ids),
        report.inserted,
        report.changed,
        report.unchanged,
        report.quarantined,
        len(report.missing),
    )
    return report


def _build(runtime: Runtime, owner: str, sources: DaySources, ids: Sequence[int]) -> tuple[Built, dict[int, str]]:
    """A batch of what has a body, and what has none."""
    missing: dict[int, str] = {}
    with new_batch(runtime, owner, "repair") as batch:
        bodiless: dict[int, Any] = {}
        for rows in staging.bodies(batch.connection, ids, CHUNK, CHUNK_BYTES):
            batch.add([_arrival(row, bytes(row.body), row.feed) for row in rows if row.body is not None])
            bodiless |= {row.killmail_id: row for row in rows if row.body is None}
        missing |= dict.fromkeys(_hashless(bodiless), "neither core nor staging knows its hash")
        for chunk in _from_archives(sources, bodiless):
            batch.add(chunk)
        for chunk in _from_esi(runtime, bodiless, missing):
            batch.add(chunk)
    return batch.built, missing


def _hashless(bodiless: dict[int, Any]) -> list[int]:
    """Take out, and return, those that nobody can be asked for."""
    found = [one for one, row in bodiless.items() if row.killmail_hash is None]
    for one in found:
        del bodiless[one]
    return found


def _from_archives(sources: DaySources, bodiless: dict[int, Any]) -> Iterator[list[Arrival]]:
    """Bodies out of the archives of days of which many are wanted, taken out of `bodiless`; else left there for ESI."""
    wanted = Counter(row.day for row in bodiless.values() if row.day is not None)
    for day in sorted(day for day, count in wanted.items() if count > FEW):
        chunk: list[Arrival] = []
        try:
            archive = sources.everef.archive(day)
            for body in sources.everef.bodies(archive) if archive is not None else ():
                row = bodiless.get(body.killmail_id or 0)
                if row is not None and body.killmail_hash == row.killmail_hash:
                    del bodiless[row.killmail_id]
                    chunk.append(_arrival(row, body.body, NAME))
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
        except KillmartError as error:
            log.warning("%s ESI is asked for its killmails.", error)
        yield chunk


def _from_esi(runtime: Runtime, bodiless: dict[int, Any], missing: dict[int, str]) -> Iterator[list[Arrival]]:
    hashes = {one: row.killmail_hash for one, row in bodiless.items()}
    if not hashes:
        return
    for bodies in bodies_of_esi(runtime, hashes, missing):
        yield [_arrival(bodiless[one], body, "esi") for one, body in bodies.items()]


def _arrival(row: Any, body: bytes, source: str) -> Arrival:
    zkb = None if row.zkb is None else row.zkb.encode()
    return Arrival(row.killmail_id, row.killmail_hash, body, zkb, source, known=False, refetches=MAX_REFETCHES)
