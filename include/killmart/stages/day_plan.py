"""Plans one UTC day: what the sources name, what core has, what is missing, and where that comes from cheapest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import msgspec

from killmart.db.coverage import kills_of_day, known_kills
from killmart.errors import ConfigurationError, KillmartError, UpstreamError
from killmart.model.days import DayBody, DayList
from killmart.model.killmail import Killmail, hash_of
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources import history
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.http import build_session
from killmart.stages.build import CHUNK, MAX_REFETCHES

log = logging.getLogger(__name__)

Source = Literal["auto", "everef", "history", "esi"]
Mode = Literal["missing", "reload"]

FIRST_DAY = date(2007, 12, 5)
"""The first day of EVE's killmails."""
FEW = 100
"""So many missing killmails of a day come from ESI; for more, a whole archive is the politer request."""


@dataclass
class DayPlan:
    """One day before it is loaded: ids and hashes that are expected, those to load, and the source."""

    day: date
    hashes: dict[int, str] = field(default_factory=dict)
    """What the day list names, with usable hashes."""
    expected: set[int] = field(default_factory=set)
    """Every id that the list, the archive or core of that day names."""
    core: dict[int, str] = field(default_factory=dict)
    wanted: set[int] = field(default_factory=set)
    """Listed and not in core with that hash; all that are listed in mode `reload`."""
    source: str = "none"
    sources: list[str] = field(default_factory=list)
    """What the expectation rests on."""
    notes: list[str] = field(default_factory=list)
    """What went wrong on the way, in sentences."""


class DaySources:
    """The upstreams of whole days, opened once per run."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        r2z2_url, everef_url = runtime.url("r2z2"), runtime.url("everef")
        self.history = History(
            build_session(
                "r2z2",
                r2z2_url,
                per_second=settings.r2z2_rate,
                contact=settings.contact,
                largest=history.LARGEST_DAY,
            ),
            r2z2_url,
        )
        self.everef = EveRef(
            build_session("everef", everef_url, per_second=settings.everef_rate, contact=settings.contact),
            everef_url,
            settings.home_path / "cache" / "everef",
        )


def check_range(first: date, last: date, today: date) -> None:
    """Refuse a range that cannot be loaded, in one sentence. Raises ConfigurationError."""
    if last < first:
        raise ConfigurationError(f"The last day {last} is before the first day {first}.")
    if last >= today:
        raise ConfigurationError(f"{last} is not over yet (UTC): the last day can be {today} less one at most.")
    if first < FIRST_DAY:
        raise ConfigurationError(f"{first} is before {FIRST_DAY}, the day of the first killmail.")


def check_choice(source: str, mode: str) -> None:
    """Refuse a source or mode that there is not. Raises ConfigurationError."""
    if source not in get_args(Source):
        raise ConfigurationError(f"The source {source!r} is none of {', '.join(get_args(Source))}.")
    if mode not in get_args(Mode):
        raise ConfigurationError(f"The mode {mode!r} is none of {', '.join(get_args(Mode))}.")


def plan_day(runtime: Runtime, sources: DaySources, day: date, source: str, mode: str) -> DayPlan:
    """List a day, compare it with core and choose the source. Raises UpstreamError where nothing names the day."""
    plan = DayPlan(day)
    listed: DayList | None = None
    try:
        listed = sources.history.day_list(day)
    except UpstreamError as error:
        plan.notes.append(f"{day}: no day list: {error}")
    with runtime.engine.connect() as connection:
        plan.core = kills_of_day(connection, day)
        if listed is not None:
            plan.hashes = dict(listed.hashes)
            plan.sources.append("list")
            plan.notes += [f"{day}: the list's entry {one} is not used: {why}" for one, why in listed.skipped.items()]
            plan.core |= known_kills(connection, list(listed.hashes))
    plan.expected = (set(listed.ids) if listed else set()) | plan.core.keys()
    plan.wanted = {one for one, its_hash in plan.hashes.items() if mode == "reload" or plan.core.get(one) != its_hash}
    plan.source = source if source != "auto" else _cheapest(plan, is_listed=listed is not None)
    return plan


def _cheapest(plan: DayPlan, *, is_listed: bool) -> str:
    """Nothing for a day that is there, ESI for a few killmails, else the archive of the day."""
    if is_listed and not plan.wanted:
        return "none"
    return "esi" if is_listed and len(plan.wanted) <= FEW else "everef"


def arrivals_of_day(
    runtime: Runtime, sources: DaySources, plan: DayPlan, mode: str, *, may_fall_back: bool
) -> Iterator[list[Arrival]]:
    """The day's killmails out of its file, in chunks; ids that the file names join `plan.expected`.

    Where EVE Ref's archive is not to be had or not to be trusted, the raw day of the history takes its place if
    `may_fall_back`. Raises KillmartError before the first killmail where no file can be used.
    """
    bodies = _open(sources, plan, may_fall_back=may_fall_back)
    seen: dict[int, bytes] = {}
    chunk: list[DayBody] = []
    for body in bodies:
        if body.killmail_id is not None and seen.get(body.killmail_id) == body.body:
            continue  # the same killmail twice in one file
        if body.killmail_id is not None and body.killmail_id in seen:
            plan.notes.append(f"{plan.day}: killmail {body.killmail_id} is in the file twice, with two bodies")
            continue
        if body.killmail_id is not None:
            seen[body.killmail_id] = body.body
        chunk.append(body)
        if len(chunk) == CHUNK:
            yield _arrivals(runtime, plan, chunk, mode)
            chunk = []
    if chunk:
        yield _arrivals(runtime, plan, chunk, mode)


def _open(sources: DaySources, plan: DayPlan, *, may_fall_back: bool) -> Iterator[DayBody]:
    if plan.source == "everef":
        try:
            archive = sources.everef.archive(plan.day)
            if archive is not None:
                plan.sources.append("everef")
                return sources.everef.bodies(archive)
            failure = KillmartError(f"EVE Ref has no archive of {plan.day} (404).")
        except KillmartError as error:
            failure = error
        if not may_fall_back:
            raise failure
        plan.notes.append(f"{plan.day}: {failure} Trying the raw day of the history in its place.")
        plan.source = "history"
    bodies = sources.history.raw(plan.day)
    if bodies is None:
        raise KillmartError(f"The history has no raw file of {plan.day} (404).")
    plan.sources.append("raw")
    return bodies


def _arrivals(runtime: Runtime, plan: DayPlan, bodies: list[DayBody], mode: str) -> list[Arrival]:
    """Bodies with the hash they should have, and whether core knows them already."""
    ids = [body.killmail_id for body in bodies if body.killmail_id is not None]
    with runtime.engine.connect() as connection:
        known = plan.core | known_kills(connection, [one for one in ids if one not in plan.core])
    arrivals = []
    for body in bodies:
        if body.killmail_id is None or body.killmail_id <= 0:
            plan.notes.append(f"{plan.day}: a member of the file names no killmail")
            continue
        plan.expected.add(body.killmail_id)
        killmail_hash = body.killmail_hash or plan.hashes.get(body.killmail_id) or _worked_out(body.body)
        arrivals.append(
            Arrival(
                killmail_id=body.killmail_id,
                killmail_hash=killmail_hash,
                body=body.body,
                zkb=None,
                source=plan.source,
                known=mode == "missing" and known.get(body.killmail_id) == killmail_hash,
                refetches=MAX_REFETCHES,  # a file says what it says: what is bad in it goes to quarantine at once
                day=plan.day,
            )
        )
    return arrivals


def _worked_out(body: bytes) -> str:
    """The hash worked out from a body that came without one; empty where the body cannot be read."""
    try:
        return hash_of(msgspec.json.decode(body, type=Killmail))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
