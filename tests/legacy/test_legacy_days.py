"""Old kills of whole days without hashes: the days come from archives, then their values from the old database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest

from killmart.legacy.importing import import_legacy
from killmart.legacy.report import as_counts, ranges
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.day_loading import DAY, DAY_BEFORE, ids_of, in_core, on, past_gate, rows_of, serving
from support.legacy_database import MIGRATED, OldService, keep, old_service
from support.making import MakeRuntime
from support.pipeline import differences, load_past_gate, row_versions, states

ZKB = {"totalValue": 1_000_000, "points": 4, "labels": ["pvp"]}
IN_CORE = {"zkb_total_value": 1_000_000, "zkb_points": 4, "labels": ["pvp"]}
IN_CORE |= dict.fromkeys(("zkb_npc", "zkb_solo", "zkb_awox"), False)


@pytest.fixture
def old(postgres: EmbeddedPostgres) -> Iterator[OldService]:
    """The older service's database, empty."""
    with old_service(postgres, MIGRATED) as made:
        yield made


def test_whole_days_come_from_archives_and_get_the_old_values(
    old: OldService, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        with_hash = sorted(ids_of(simulator, DAY))
        without_hash = sorted(ids_of(simulator, DAY_BEFORE))[:3]
        for one in (*with_hash, *without_hash):
            found = simulator.state.catalogue.get(one)
            assert found is not None
            keep(old, json.loads(found.body), ZKB, less=("KillVictim",) if one in without_hash else ())

        dry = import_legacy(runtime, old.dsn, dry_run=True)
        assert dry.days.to_fetch == {DAY: len(with_hash)}
        assert dry.days.without_hash == {DAY_BEFORE: 3}
        assert dry.commands() == [f"python -m killmart backfill {DAY_BEFORE} {DAY}"]

        report = import_legacy(runtime, old.dsn, load_archives=True)
        assert report.backfilled is not None
        assert report.backfilled.is_complete
        assert report.is_complete
        assert (report.staged, report.valued) == (0, len(with_hash) + len(without_hash))
        assert set(states(runtime).values()) == {"fetched"}
        load_past_gate(runtime)

        everything = ids_of(simulator, DAY, DAY_BEFORE)
        assert in_core(runtime) == everything
        expected = rows_of(simulator, everything, "everef")
        for one in (*with_hash, *without_hash):
            expected["kills_fact"][one,] |= IN_CORE
        oracle.settle(expected, {*with_hash, *without_hash})
        assert differences(runtime, expected) == []

        before = row_versions(runtime)
        again = import_legacy(runtime, old.dsn, load_archives=True)
        assert (again.backfilled, again.known, again.is_idle) == (None, len(with_hash) + 3, True)
        assert row_versions(runtime) == before


def test_days_that_fail_are_told_and_their_killmails_staged_all_the_same(
    old: OldService, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    runtime = make_runtime(r2z2="http://127.0.0.1:1", everef="http://127.0.0.1:1")
    monkeypatch.setattr("killmart.legacy.report.FEW", 0)
    with serving() as simulator:
        some = sorted(ids_of(simulator, DAY))[:4]
        for one in some:
            found = simulator.state.catalogue.get(one)
            assert found is not None
            keep(old, json.loads(found.body), ZKB, less=("KillVictim",) if one == some[0] else ())
    report = import_legacy(runtime, old.dsn, load_archives=True)
    assert report.backfilled is not None
    assert not report.backfilled.is_complete
    assert not report.is_complete
    assert as_counts(report)["days_without_hash"] == {str(DAY): 1}
    assert states(runtime) == dict.fromkeys(some[1:], "pending")


def test_days_that_follow_each_other_are_one_range() -> None:
    days = [date(2021, 11, day) for day in (1, 2, 3, 5, 7, 8)]
    assert list(ranges(days)) == [(days[0], days[2]), (days[3], days[3]), (days[4], days[5])]
    assert list(ranges([])) == []
