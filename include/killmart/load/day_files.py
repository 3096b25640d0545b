"""The bodies of one UTC day out of its file (EVE Ref's archive or the history's raw day) or staging, as arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import msgspec

from killmart.db import staging
from killmart.db.coverage import known_kills
from killmart.errors import KillmartError
from killmart.load.build import CHUNK, CHUNK_BYTES, MAX_REFETCHES
from killmart.load.day_plan import DayPlan
from killmart.load.day_sources import DaySources
from killmart.model.days import DayBody
from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.bounds import LARGEST_REFUSED, megabytes
from killmart.transform.decode import reduced_to_known_fields


class NoFileError(KillmartError):
    """Neither EVE Ref nor the history has a file of the day (404), as of one that is not published yet."""


class TooMuchRefusedError(KillmartError):
    """What a file of a day would put into quarantine is more than all of a day has: nothing of it is to be taken."""


def refuse_too_much(plan: DayPlan, size: int) -> None:
    """Raise TooMuchRefusedError where the file of a day would put more than LARGEST_REFUSED bytes into quarantine."""
    if size > LARGEST_REFUSED:
        raise TooMuchRefusedError(
            f"{plan.file} of {plan.day} is refused whole: over {megabytes(LARGEST_REFUSED)} of it cannot be used and "
            "would go to quarantine, more than all of a day has. Nothing of it was loaded and what is loaded "
            "stays; the source has it still, and the next run asks again."
        )


def arrivals_of_file(runtime: Runtime, plan: DayPlan, bodies: Iterator[DayBody], mode: str) -> Iterator[list[Arrival]]:
    """The day's killmails out of its file, in chunks; ids that the file names join `plan.expected`.

    No chunk has a killmail twice. Raises TooMuchRefusedError where too many members name no killmail.
    """
    seen: dict[int, int] = {}
    chunk: dict[int, DayBody] = {}
    size = 0
    for body in bodies:
        killmail_id = body.killmail_id
        if not killmail_id:
            plan.nameless.append(body.body)
            plan.nameless_bytes += len(body.body)
            refuse_too_much(plan, plan.nameless_bytes)
            continue
        if seen.get(killmail_id) == hash(body.body):
            plan.note(f"killmail {killmail_id} is in {plan.file} twice, with one body")
            continue
        seen[killmail_id] = hash(body.body)
        if len(chunk) == CHUNK or size > CHUNK_BYTES or killmail_id in chunk:
            yield _arrivals(runtime, plan, list(chunk.values()), mode)
            chunk, size = {}, 0
        chunk[killmail_id] = body
        size += len(body.body)
    if chunk:
        yield _arrivals(runtime, plan, list(chunk.values()), mode)


def arrivals_of_staging(runtime: Runtime, plan: DayPlan) -> Iterator[list[Arrival]]:
    """The day's killmails by the bodies that staging still has, in chunks; they are derived again."""
    plan.file = "staging"
    with runtime.engine.connect() as connection:
        for found in staging.arrivals(connection, sorted(plan.wanted), CHUNK, CHUNK_BYTES):
            yield [
                replace(one, known=False, day=plan.day, refetches=MAX_REFETCHES)
                for one in found
                if one.body is not None
            ]


def open_file(sources: DaySources, plan: DayPlan, *, may_fall_back: bool) -> Iterator[DayBody]:
    """The bodies in the file of `plan.source`, fetched, checked and unpacked.

    Where EVE Ref's archive is not to be had or not to be trusted, the raw day of the history takes its place if
    `may_fall_back`. Raises KillmartError where no file can be used.
    """
    error_of_absence = KillmartError
    if plan.source == "everef":
        try:
            archive = sources.everef.archive(plan.day)
            if archive is not None:
                plan.sources.append("everef")
                plan.file = f"killmails-{plan.day}.tar.bz2"
                bodies = sources.everef.bodies(archive)
                return chain([next(bodies)], bodies)  # unpacked now, not at first use
            error_of_absence = NoFileError
            failure = KillmartError(f"EVE Ref has no archive of {plan.day} (404).")
        except KillmartError as error:
            failure = error
        if not may_fall_back:
            raise failure
        plan.note(f"{failure} The raw day of the history is tried in its place.")
        plan.source = "history"
    raw = sources.history.raw(plan.day)
    if raw is None:
        raise error_of_absence(
            f"The history has no raw file of {plan.day} (404); it has them since 2026-07-01. EVE Ref may have the day."
        )
    plan.sources.append("raw")
    plan.file = f"history/raw/{plan.day:%Y%m%d}.json"
    return raw


def _arrivals(runtime: Runtime, plan: DayPlan, bodies: list[DayBody], mode: str) -> list[Arrival]:
    """Bodies with the hash they should have, and whether core knows them already."""
    ids = [body.killmail_id for body in bodies if body.killmail_id is not None]
    with runtime.engine.connect() as connection:
        known = plan.core | known_kills(connection, [one for one in ids if one not in plan.core])
    plan.expected.update(one for one in ids if one > 0)
    return [_arrival(plan, body.killmail_id, body, known, mode) for body in bodies if body.killmail_id is not None]


def _arrival(plan: DayPlan, killmail_id: int, body: DayBody, known: dict[int, str], mode: str) -> Arrival:
    listed = plan.hashes.get(killmail_id)
    killmail_hash = body.killmail_hash or _own_hash(body.body, listed)
    if listed not in (None, killmail_hash):
        plan.note(
            f"killmail {killmail_id} has the hash {killmail_hash} in {plan.file} and {listed} in the day list; "
            "the one that fits its body is right"
        )
    # of another day: EVE Ref has thousands of killmails in the files of two days
    is_elsewhere = killmail_id in known and killmail_id not in plan.of_day
    return Arrival(
        killmail_id=killmail_id,
        killmail_hash=killmail_hash,
        body=body.body,
        zkb=None,
        source=plan.source,
        known=known.get(killmail_id) == killmail_hash and (mode == "missing" or is_elsewhere),
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
