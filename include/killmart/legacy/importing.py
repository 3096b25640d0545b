"""Import from the older service: stages what its database names, so that it takes the way of every killmail.

Nothing goes from the old rows straight to core. What the warehouse does not know is staged by id and hash, with the
zkb block that the old rows remember; its body comes from ESI or an archive, and passes the gate. What core knows
already gets the parts of that block which it lacks. The old database is read twice: a survey, which is also the dry
run, then the import, which writes. Both read in the order of ids and keep nothing in memory but counts per day.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from killmart.db import staging
from killmart.db.locks import exclusive, undeadlocked
from killmart.db.quarantine import Quarantined, quarantine
from killmart.errors import KillmartError
from killmart.legacy.database import OldDatabase, complete_days, known_killmails, let_wait, old_database, opened
from killmart.legacy.decisions import Decision, day_of, decide
from killmart.legacy.model import OldKill, OldRow
from killmart.legacy.reading import Understood, understand
from killmart.legacy.report import HASH_DIFFERS, NO_ID, RECHECK_SECONDS, ImportReport
from killmart.load.backfill import load_scattered
from killmart.load.day_plan import ESI_MOST, FEW
from killmart.load.day_report import DaysReport
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch
from killmart.transform.defects import Reason

log = logging.getLogger(__name__)

FEED = "legacy"
"""What staging and core name as the source of killmails that the older service named."""
KILLS_AT_ONCE = 2000
"""Killmails that are looked up and staged at once, in one transaction."""
_TELL_SECONDS = 30.0

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Opens a progress bar with a name (cli.show.progress_bar)."""


def import_legacy(
    runtime: Runtime, dsn: str, *, dry_run: bool = False, load_archives: bool = False, bar: Bar | None = None
) -> ImportReport:
    """Stage what the old database at `dsn` names; a second run finds everything known and writes nothing.

    With `load_archives` the days which are better had from their archives are loaded first; else the report names the
    commands. Raises ConfigurationError where the DSN or the database is not what is needed, KillmartError where the old
    database is away or another import runs.
    """
    old = old_database(dsn)
    bar = bar or (lambda _: nullcontext(lambda _done, _left: None))
    with ExitStack() as stack:
        if not stack.enter_context(exclusive(runtime.engine, "import-legacy", wait=False)):
            raise KillmartError("Another import-legacy is under way in this warehouse; wait until it has finished.")
        survey = _Pass(runtime, old, bar, "survey").run()
        if dry_run:
            survey.is_dry_run = True
            return survey
        loaded = _load(runtime, survey, bar) if load_archives else None
        if survey.is_idle and loaded is None:
            return survey
        waiting = frozenset() if load_archives else _days_that_wait(survey)
        report = _Pass(runtime, old, bar, "import", estimate=survey.rows, waiting=waiting, writes=True).run()
        report.backfilled = loaded
    _finish(runtime, report)
    return report


def _days_that_wait(survey: ImportReport) -> frozenset[date]:
    """Days whose killmails wait for their archives, where they are more than ESI gives in a quarter of an hour."""
    many = {day: count for day, count in survey.days.to_fetch.items() if count > FEW}
    return frozenset(many) if sum(many.values()) > ESI_MOST else frozenset()


def _load(runtime: Runtime, survey: ImportReport, bar: Bar) -> DaysReport | None:
    """Load the days which are better had from their archives; None where there are none."""
    days = survey.days.worth_an_archive(datetime.now(UTC).date())
    with bar("days") as progress:
        return load_scattered(runtime, days, progress) if days else None


@dataclass
class _Pass:
    """One reading of the old database from its first id to its last; it writes only where `writes` says so."""

    runtime: Runtime
    old: OldDatabase
    bar: Bar
    name: str
    estimate: int = 0
    waiting: frozenset[date] = frozenset()
    writes: bool = False
    report: ImportReport = field(default_factory=ImportReport)
    _stack: ExitStack = field(default_factory=ExitStack)
    _refused: Any = None
    """Writer of the file of refused rows, once there is one."""

    def run(self) -> ImportReport:
        """Read everything; returns what was made of it, or would be."""
        watch = told = Stopwatch()
        with self._stack, opened(self.old) as reader, self.bar(self.name) as progress:
            self.report.notes += reader.layout.notes
            estimate = self.estimate or reader.layout.estimate
            for chunk in _chunks(reader.kills()):
                self._take(chunk)
                progress(self.report.rows, max(0, estimate - self.report.rows))
                if told.seconds > _TELL_SECONDS:
                    told = Stopwatch()
                    self._tell(watch)
        self._tell(watch)
        return self.report

    def _tell(self, watch: Stopwatch) -> None:
        report = self.report
        log.info(
            "%s of the old database: %d killmails read (%.0f a second), %d to stage, %d to be valued, %d known, "
            "%d without a hash, %d not in their days, %d refused",
            self.name,
            report.read,
            watch.rate(report.read),
            report.staged,
            report.valued,
            report.known,
            report.without_hash,
            report.not_in_day,
            report.refused,
        )

    def _take(self, chunk: list[OldKill]) -> None:
        kills = [understand(old) for old in chunk]
        decisions = undeadlocked(self._bring, chunk, kills)
        for old, kill, decision in zip(chunk, kills, decisions, strict=True):
            self._count(old, kill, decision)

    def _bring(self, chunk: Sequence[OldKill], kills: Sequence[Understood]) -> list[Decision]:
        """Decide on a chunk and, where this pass writes, stage it; one transaction."""
        engine = self.runtime.engine
        with engine.begin() if self.writes else engine.connect() as connection:
            known = known_killmails(connection, [kill.killmail_id for kill in kills if kill.killmail_id is not None])
            complete = complete_days(connection, {day for kill in kills if (day := day_of(kill)) is not None})
            decisions = [
                decide(kill, old, known.get(kill.killmail_id or 0), complete)
                for old, kill in zip(chunk, kills, strict=True)
            ]
            if self.writes:
                staging.stage(connection, FEED, [one.ref for one in decisions if one.ref is not None])
                fresh = [kill for kill, one in zip(kills, decisions, strict=True) if one.outcome == "staged"]
                late = {kill.killmail_id for kill in fresh if kill.killmail_id and day_of(kill) in self.waiting}
                let_wait(connection, sorted(late), RECHECK_SECONDS)
                let_wait(connection, sorted({kill.killmail_id for kill in fresh if kill.killmail_id} - late), 0)
                quarantine(connection, list(_refusals(chunk, kills, decisions, known)))
        return decisions

    def _count(self, old: OldKill, kill: Understood, decision: Decision) -> None:
        report, day = self.report, day_of(kill)
        example = _example(old)
        report.read += 1
        report.rows += len(old.rows)
        report.hashes_worked_out += kill.is_worked_out
        if old.rows and kill.killmail_id is not None:
            report.without_victim += not old.victims
            report.without_attackers += not old.attackers
            report.without_characters += not old.characters
            report.duplicates += len({row.table_name for row in old.rows}) < len(old.rows)
        for trouble in sorted(kill.troubles):
            report.trouble(trouble, example)
        if decision.has_other_hash:
            report.trouble(HASH_DIFFERS, example)
        match decision.outcome:
            case "refused":
                report.refuse(decision.refusal, example)
                if decision.refusal == NO_ID and self.writes:
                    self._keep(decision.refusal, old.rows)
            case "staged":
                report.staged += 1
                if day is not None:
                    report.days.to_fetch[day] += 1
                report.waiting_for_archives += day in self.waiting
            case "without_hash":
                report.without_hash += 1
                if day is not None:
                    report.days.without_hash[day] += 1
            case "not_in_day":
                report.miss(f"{example} of {day}")
            case "valued":
                report.valued += 1
            case "known":
                report.known += 1

    def _keep(self, reason: str, rows: Sequence[OldRow]) -> None:
        """Write rows without an id into the file of refused rows, which each import overwrites."""
        if self._refused is None:
            path = refused_rows_file(self.runtime)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._refused = csv.writer(self._stack.enter_context(path.open("w", newline="", encoding="utf-8")))
            self._refused.writerow(("reason", *OldRow._fields))
            self.report.refused_rows_file = str(path)
        self._refused.writerows((reason, *row) for row in rows)


def refused_rows_file(runtime: Runtime) -> Path:
    """Where rows are kept that name no killmail, beside the logs."""
    return runtime.settings.home_path / "logs" / "import-legacy-refused.csv"


def _chunks(kills: Iterator[OldKill]) -> Iterator[list[OldKill]]:
    while chunk := list(islice(kills, KILLS_AT_ONCE)):
        yield chunk


def _example(old: OldKill) -> str:
    if old.killmail_id is not None:
        return f"killmail {old.killmail_id}"
    return f"{old.rows[0].table_name} with the id {str(old.rows[0].id_text)[:40]!r}"


def _refusals(
    chunk: Sequence[OldKill], kills: Sequence[Understood], decisions: Sequence[Decision], known: dict[int, Any]
) -> Iterator[Quarantined]:
    """Entries of what cannot be asked for, with its old rows; not of what is in quarantine already."""
    for old, kill, decision in zip(chunk, kills, decisions, strict=True):
        if decision.outcome == "refused" and kill.killmail_id is not None and kill.killmail_id not in known:
            yield Quarantined(
                killmail_id=kill.killmail_id,
                killmail_hash=None,
                reason=Reason.UNREADABLE_PACKAGE,
                detail="the older service's database has neither its hash nor its kill time, so nobody can be asked "
                "for it; should a feed or a day bring it, this entry closes by itself",
                body=json.dumps(_as_json(old)).encode(),
                feed=FEED,
            )


def _as_json(old: OldKill) -> dict[str, Any]:
    return {"rows": [row._asdict() for row in old.rows], "victims": [row._asdict() for row in old.victims]}


def _finish(runtime: Runtime, report: ImportReport) -> None:
    counts = {
        f"{name}_killmails": float(getattr(report, name))
        for name in ("read", "staged", "valued", "known", "without_hash", "not_in_day", "refused")
    }
    with runtime.engine.begin() as connection:
        runtime.record(connection, "import_legacy", counts)
