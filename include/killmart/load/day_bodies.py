"""The bodies of one UTC day, as arrivals: out of EVE Ref's archive, the history's raw day, staging or ESI."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import msgspec

from killmart.day_sources import DaySources
from killmart.db import staging
from killmart.db.coverage import known_kills
from killmart.errors import KillmartError
from killmart.load.build import CHUNK, CHUNK_BYTES, MAX_REFETCHES
from killmart.load.day_plan import DayPlan, Notes, Origin
from killmart.load.fetch import ASKED_AT_ONCE, EsiRequest, asking_esi
from killmart.model.days import DayBody
from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.bounds import LARGEST_REFUSED, megabytes
from killmart.sources.esi import Fetched, Paused
from killmart.transform.decode import reduced_to_known_fields


class NoFileError(KillmartError):
    """The source has no file of the day (404), as of one that is not published yet."""


class TooMuchRefusedError(KillmartError):
    """What a file of a day would put into quarantine is more than all of a day has: nothing of it is to be taken."""


@dataclass
class DayFile:
    """The opened file of a day, and what was seen in it so far."""

    source: Origin
    name: str
    """As messages name it."""
    bodies: Iterator[DayBody]
    named: set[int] = field(default_factory=set)
    """Killmails that it names."""
    nameless: list[bytes] = field(default_factory=list)
    """Members that name no killmail."""
    nameless_bytes: int = 0

    def refuse_too_much(self, day: date, size: int) -> None:
        """Raise TooMuchRefusedError where it would put more than LARGEST_REFUSED bytes into quarantine."""
        if size > LARGEST_REFUSED:
            raise TooMuchRefusedError(
                f"{self.name} of {day} is refused whole: over {megabytes(LARGEST_REFUSED)} of it cannot be used and "
                "would go to quarantine, more than all of a day has. Nothing of it was loaded and what is loaded "
                "stays; the source has it still, and the next run asks again."
            )


def open_file(sources: DaySources, day: date, source: Origin) -> DayFile:
    """The day's file, `everef` or `history`, fetched, checked and unpacked.

    Raises NoFileError where there is none (404), KillmartError where it is not to be had or not to be trusted.
    """
    if source == "everef":
        archive = sources.everef.archive(day)
        if archive is None:
            raise NoFileError(f"EVE Ref has no archive of {day} (404).")
        bodies = sources.everef.bodies(archive)
        return DayFile(source, f"killmails-{day}.tar.bz2", chain([next(bodies)], bodies))  # unpacked now
    raw = sources.history.raw(day)
    if raw is None:
        raise NoFileError(
            f"The history has no raw file of {day} (404); it has them since 2026-07-01. EVE Ref may have the day."
        )
    return DayFile(source, f"history/raw/{day:%Y%m%d}.json", raw)


def arrivals_of_file(runtime: Runtime, plan: DayPlan, file: DayFile, notes: Notes) -> Iterator[list[Arrival]]:
    """The day's killmails out of its file, in chunks; no chunk has a killmail twice.

    Raises TooMuchRefusedError where too many members name no killmail.
    """
    seen: dict[int, int] = {}
    chunk: dict[int, DayBody] = {}
    size = 0
    for body in file.bodies:
        killmail_id = body.killmail_id
        if not killmail_id:
            file.nameless.append(body.body)
            file.nameless_bytes += len(body.body)
            file.refuse_too_much(plan.day, file.nameless_bytes)
            continue
        if seen.get(killmail_id) == hash(body.body):
            notes.add(f"killmail {killmail_id} is in {file.name} twice, with one body")
            continue
        seen[killmail_id] = hash(body.body)
        if len(chunk) == CHUNK or size > CHUNK_BYTES or killmail_id in chunk:
            yield _arrivals(runtime, plan, file, chunk, notes)
            chunk, size = {}, 0
        chunk[killmail_id] = body
        size += len(body.body)
    if chunk:
        yield _arrivals(runtime, plan, file, chunk, notes)


def _arrivals(
    runtime: Runtime, plan: DayPlan, file: DayFile, bodies: Mapping[int, DayBody], notes: Notes
) -> list[Arrival]:
    """Bodies with the hash they should have, and whether core knows them already."""
    known = plan.core
    if unplanned := [one for one in bodies if one not in plan.core and one not in plan.hashes]:
        with runtime.engine.connect() as connection:
            known = plan.core | known_kills(connection, unplanned)
    file.named.update(one for one in bodies if one > 0)
    return [_arrival(plan, file, killmail_id, body, known, notes) for killmail_id, body in bodies.items()]


def _arrival(
    plan: DayPlan, file: DayFile, killmail_id: int, body: DayBody, known: Mapping[int, str], notes: Notes
) -> Arrival:
    listed = plan.hashes.get(killmail_id)
    killmail_hash = body.killmail_hash or _own_hash(body.body, listed)
    if listed not in (None, killmail_hash):
        notes.add(
            f"killmail {killmail_id} has the hash {killmail_hash} in {file.name} and {listed} in the day list; "
            "the one that fits its body is right"
        )
    # of another day: EVE Ref has thousands of killmails in the files of two days
    is_elsewhere = killmail_id in known and killmail_id not in plan.of_day
    return Arrival(
        killmail_id=killmail_id,
        killmail_hash=killmail_hash,
        body=body.body,
        zkb=None,
        source=file.source,
        known=known.get(killmail_id) == killmail_hash and (plan.mode == "missing" or is_elsewhere),
        refetches=MAX_REFETCHES,  # a file says what it says: what is bad in it goes to quarantine at once
        day=plan.day,
    )


def _own_hash(body: bytes, listed: str | None) -> str:
    """The hash of a body that came without one: worked out, since the day list can be wrong, wherever it can be."""
    return listed if listed == CCP_VERIFIED else _worked_out(body) or listed or ""


def _worked_out(body: bytes) -> str:
    """The hash worked out from a body that came without one; empty where the body cannot be read."""
    for reduce in (False, True):  # the second time without fields that ESI never sent before
        try:
            return hash_of(msgspec.json.decode(reduced_to_known_fields(body)[0] if reduce else body, type=Killmail))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return ""


def arrivals_of_staging(runtime: Runtime, plan: DayPlan) -> Iterator[list[Arrival]]:
    """The day's killmails by the bodies that staging still has, in chunks; they are derived again."""
    with runtime.engine.connect() as connection:
        for found in staging.arrivals(connection, sorted(plan.wanted), CHUNK, CHUNK_BYTES):
            yield [
                replace(one, known=False, day=plan.day, refetches=MAX_REFETCHES)
                for one in found
                if one.body is not None
            ]


def arrivals_of_esi(
    runtime: Runtime, plan: DayPlan, ids: Collection[int], refused: dict[int, str]
) -> Iterator[list[Arrival]]:
    """The listed killmails `ids` of a day by ESI's bodies; what it does not give joins `refused`, with its reason."""
    hashes = {one: plan.hashes[one] for one in sorted(ids) if one in plan.hashes}
    for bodies in bodies_of_esi(runtime, hashes, refused):
        yield [
            Arrival(one, hashes[one], body, None, "esi", known=False, refetches=MAX_REFETCHES, day=plan.day)
            for one, body in bodies.items()
        ]


def bodies_of_esi(runtime: Runtime, hashes: Mapping[int, str], refused: dict[int, str]) -> Iterator[dict[int, bytes]]:
    """Ask ESI for killmails by id and hash, some at a time; what it does not give joins `refused`, with its reason."""
    left = [EsiRequest(*one) for one in hashes.items()]
    with asking_esi(runtime) as esi:
        while left and esi.goes_on():
            some, left = left[:ASKED_AT_ONCE], left[ASKED_AT_ONCE:]
            bodies: dict[int, bytes] = {}
            for one, outcome in zip(some, esi.ask(some), strict=True):
                match outcome:
                    case Fetched(body):
                        bodies[one.killmail_id] = body
                    case Paused():
                        left.append(one)
                    case _:
                        refused[one.killmail_id] = outcome.error
            yield bodies
