"""Import from the older service: its kills reach core by the way of every killmail, once, and nothing is lost on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from killmart.db import staging
from killmart.errors import KillmartError
from killmart.legacy.database import old_database, opened
from killmart.legacy.importing import import_legacy
from killmart.legacy.report import ImportReport, as_counts
from killmart.load.fetch import fetch
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.kill import Kill
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.legacy_database import MIGRATED, OldService, keep, naive, old_service
from support.making import MakeRuntime
from support.pipeline import differences, load_past_gate, row_versions, rows, run, states

Json = dict[str, Any]

KILLS = 60


@pytest.fixture
def old(postgres: EmbeddedPostgres) -> Iterator[OldService]:
    """The older service's database, empty."""
    with old_service(postgres, MIGRATED) as made:
        yield made


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    """Upstreams that have the old kills' bodies."""
    with running(SimulatorConfig(kills=KILLS)) as made:
        yield made


def kills_of(simulator: Running) -> list[Kill]:
    """The simulated kills."""
    return [simulator.state.feed.kill(one) for one in sorted(simulator.state.feed.ids)]


def body_of(kill: Kill) -> Json:
    """A kill's body."""
    found: Json = json.loads(kill.body)
    return found


def names_somebody(body: Json) -> bool:
    """Whether any character is on the killmail."""
    return any(one.get("character_id") for one in (body["victim"], *body["attackers"]))


def remembered(kill: Kill) -> Json:
    """What the older service's tables still know of the kill's zkb block."""
    kept = {name: kill.zkb[name] for name in ("points", "labels", "npc", "solo", "awox")}
    return kept | {"totalValue": int(kill.zkb["totalValue"] + 0.5)}


def adds_up(report: ImportReport) -> bool:
    """Whether every killmail that was read became one thing."""
    counts = as_counts(report)
    outcomes = ("staged", "valued", "known", "without_hash", "not_in_day", "refused")
    return report.read == sum(counts[name] for name in outcomes)


def fill(old: OldService, kills: list[Kill]) -> dict[str, list[Kill]]:
    """Put kills into the old tables in every state that they were found in."""
    parts = {
        "whole": kills[:30],
        "no characters": kills[30:35],
        "loss alone": kills[35:40],
        "no victim": kills[40:45],
        "no attackers": kills[45:50],
        "neither": kills[50:],
    }
    less = {
        "no characters": ("kill_characters",),
        "loss alone": ("KillFact", "KillVictim"),
        "no victim": ("KillVictim",),
        "no attackers": ("KillAttacker",),
        "neither": ("KillVictim", "KillAttacker", "kill_characters"),
    }
    for state, some in parts.items():
        for kill in some:
            keep(old, body_of(kill), kill.zkb, less=less.get(state, ()))
            if state == "loss alone":
                lose(old, kill)
    return parts


def lose(old: OldService, kill: Kill) -> None:
    """Write the kill into the table of losses, as the service did for characters that it watched."""
    body = body_of(kill)
    row = {"killmail_id": kill.killmail_id, "character_id": body["victim"].get("character_id") or 0}
    row |= {"kill_time": naive(body), "ship_type_id": body["victim"]["ship_type_id"], "labels": kill.zkb["labels"]}
    row |= {"system_id": body["solar_system_id"], "attacker_count": len(body["attackers"])}
    old.put("LossFact", row | {"total_value": remembered(kill)["totalValue"]})


def test_kills_reach_core_with_their_values_and_a_second_run_writes_nothing(
    old: OldService, simulator: Running, make_runtime: MakeRuntime
) -> None:
    runtime = make_runtime(esi=f"{simulator.url}/esi")
    parts = fill(old, kills_of(simulator))
    before = old.checksum()

    dry = import_legacy(runtime, old.dsn, dry_run=True)
    assert states(runtime) == {}
    report = import_legacy(runtime, old.dsn)
    assert as_counts(report) | {"is_dry_run": True} == as_counts(dry)
    assert (report.read, report.staged, report.without_hash, report.refused) == (KILLS, 40, 20, 0)
    assert adds_up(report)
    told = [kill for state, some in parts.items() if state not in ("no characters", "neither") for kill in some]
    pilotless = sum(not names_somebody(body_of(kill)) for kill in told)  # what NPCs did to what nobody flew
    assert (report.without_victim, report.without_attackers) == (20, 15)
    assert report.without_characters == 15 + pilotless
    assert report.hashes_worked_out == 40
    assert sum(report.days.without_hash.values()) == 20
    assert report.commands() == []
    assert report.advice() == [
        "20 killmails without a hash are of days that are not over yet; run this again tomorrow."
    ]
    assert not report.is_complete  # those without a hash are yet to come

    assert fetch(runtime).fetched == 40
    load_past_gate(runtime)
    taken = [kill for state in ("whole", "no characters", "loss alone") for kill in parts[state]]
    known = {kill.killmail_id: remembered(kill) for kill in taken}
    for kill in parts["loss alone"]:  # a loss has no points
        del known[kill.killmail_id]["points"]
    expected = oracle.expected((body_of(kill), kill.killmail_hash, known[kill.killmail_id], "legacy") for kill in taken)
    assert differences(runtime, expected) == []

    versions = row_versions(runtime), rows(runtime, "SELECT killmail_id, xmin::text FROM staging.killmails ORDER BY 1")
    again = import_legacy(runtime, old.dsn)
    assert (again.staged, again.valued, again.known, again.without_hash) == (0, 0, 40, 20)
    run(runtime, "DELETE FROM staging.killmails")  # pruned after a month
    again = import_legacy(runtime, old.dsn)
    assert (again.staged, again.valued, again.known, again.without_hash) == (0, 0, 40, 20)
    assert (row_versions(runtime), []) == (versions[0], rows(runtime, "SELECT 1 FROM staging.killmails"))
    assert old.checksum() == before


def test_kills_that_the_warehouse_knows_get_what_they_lack_and_nothing_else(
    old: OldService, simulator: Running, make_runtime: MakeRuntime
) -> None:
    runtime = make_runtime(esi=f"{simulator.url}/esi")
    in_core, waiting, valued, lost, quarantined, unknown = kills = kills_of(simulator)[:6]
    refs = [Ref(kill.killmail_id, kill.killmail_hash, None, kill.body) for kill in (in_core, valued)]
    with runtime.engine.begin() as connection:
        staging.stage(connection, "list", refs[:1])
        staging.stage(
            connection, "r2z2", [Ref(valued.killmail_id, valued.killmail_hash, b'{"totalValue": 5}', valued.body)]
        )
    load_past_gate(runtime)
    with runtime.engine.begin() as connection:
        others = (waiting, waiting.killmail_hash), (lost, "ab" * 20), (quarantined, "cd" * 20)
        staging.stage(connection, "list", [Ref(one.killmail_id, its_hash) for one, its_hash in others])
    run(runtime, "UPDATE staging.killmails SET state = 'gone' WHERE killmail_id = :id", id=lost.killmail_id)
    run(
        runtime,
        "UPDATE staging.killmails SET state = 'quarantined' WHERE killmail_id = :id",
        id=quarantined.killmail_id,
    )
    for kill in kills:
        keep(old, body_of(kill), kill.zkb)

    report = import_legacy(runtime, old.dsn)
    assert (report.staged, report.valued, report.known) == (2, 2, 2)
    assert list(report.troubles["hash_differs"].examples) == [f"killmail {quarantined.killmail_id}"]
    assert fetch(runtime).fetched == 3
    load_past_gate(runtime)
    query = "SELECT killmail_id, total_value, points, labels, source FROM core.kills_fact"
    found = {row[0]: row[1:] for row in rows(runtime, query)}
    names = ("totalValue", "points", "labels")
    old_values = {kill.killmail_id: tuple(remembered(kill)[name] for name in names) for kill in kills}
    assert found == {
        in_core.killmail_id: (*old_values[in_core.killmail_id], "list"),
        valued.killmail_id: (5, None, None, "r2z2"),  # staging has a block of the feed, which is newer
        **{one.killmail_id: (*old_values[one.killmail_id], "legacy") for one in (waiting, lost, unknown)},
    }
    run(runtime, "DELETE FROM staging.killmails WHERE state = 'promoted'")
    second = import_legacy(runtime, old.dsn)  # now the feed's block is gone from staging, and its gaps are filled
    assert (second.staged, second.valued) == (0, 1)
    load_past_gate(runtime)
    assert rows(runtime, f"{query} WHERE killmail_id = :id", id=valued.killmail_id) == [
        (valued.killmail_id, 5, *old_values[valued.killmail_id][1:], "r2z2")
    ]
    assert import_legacy(runtime, old.dsn).is_idle


def test_a_killed_import_goes_on_where_it_was(
    old: OldService, simulator: Running, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.legacy.importing.KILLS_AT_ONCE", 7)
    runtime = make_runtime()
    for kill in kills_of(simulator):
        keep(old, body_of(kill), kill.zkb)
    told: list[int] = []

    def stage(connection: Any, feed: str, refs: list[Ref]) -> int:
        told.append(len(refs))
        if len(told) == 4:
            raise KeyboardInterrupt
        return _stage(connection, feed, refs)

    _stage = staging.stage
    monkeypatch.setattr(staging, "stage", stage)
    with pytest.raises(KeyboardInterrupt):
        import_legacy(runtime, old.dsn)
    assert len(states(runtime)) == 21
    monkeypatch.setattr(staging, "stage", _stage)
    report = import_legacy(runtime, old.dsn)
    assert (report.known, report.staged) == (21, KILLS - 21)
    assert set(states(runtime)) == {kill.killmail_id for kill in kills_of(simulator)}


def test_an_old_database_that_breaks_off_is_told_and_the_next_run_goes_on(
    old: OldService, simulator: Running, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.legacy.importing.KILLS_AT_ONCE", 5)
    monkeypatch.setattr("killmart.legacy.database._AT_ONCE", 2)
    runtime = make_runtime()
    for kill in kills_of(simulator)[:30]:
        keep(old, body_of(kill), kill.zkb)
    _stage = staging.stage

    def stage(connection: Any, feed: str, refs: list[Ref]) -> int:
        with old.engine.connect() as admin:  # the old server closes the importer's connection
            admin.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid != pg_backend_pid() AND state = 'idle in transaction'"
                )
            )
        return _stage(connection, feed, refs)

    monkeypatch.setattr(staging, "stage", stage)
    with pytest.raises(KillmartError, match=r"^The old database \(old_\d+ at .*\) cannot be reached, refused or broke"):
        import_legacy(runtime, old.dsn)
    assert 0 < len(states(runtime)) < 30
    monkeypatch.setattr(staging, "stage", _stage)
    assert import_legacy(runtime, old.dsn).is_complete
    assert len(states(runtime)) == 30


def test_two_imports_at_once_are_refused(old: OldService, runtime: Runtime, make_runtime: MakeRuntime) -> None:
    from killmart.db.locks import exclusive

    with (
        exclusive(runtime.engine, "import-legacy", wait=False),
        pytest.raises(KillmartError, match="Another import-legacy is under way"),
    ):
        import_legacy(make_runtime(), old.dsn)


def test_nothing_can_be_written_to_the_old_database(old: OldService) -> None:
    with opened(old_database(old.dsn)) as reader, pytest.raises(Exception, match="read-only transaction"):
        reader._connection.execute(text('DELETE FROM "KillFact"'))


def test_old_killmails_wait_behind_those_of_the_feeds_and_many_of_a_day_for_its_archive(
    old: OldService, simulator: Running, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = make_runtime()
    kills = kills_of(simulator)
    for kill in kills[:20]:
        keep(old, body_of(kill), kill.zkb)
    newest = kills[-1]
    with runtime.engine.begin() as connection:
        staging.stage(connection, "redisq", [Ref(newest.killmail_id, newest.killmail_hash)])
    assert import_legacy(runtime, old.dsn).waiting_for_archives == 0
    with runtime.engine.begin() as connection:
        due = [row.killmail_id for row in staging.lock_due(connection, 100)]
    assert due[0] == newest.killmail_id
    assert len(due) == 21

    run(runtime, "DELETE FROM staging.killmails")
    monkeypatch.setattr("killmart.legacy.importing.FEW", 0)
    monkeypatch.setattr("killmart.legacy.importing.ESI_MOST", 19)
    assert import_legacy(runtime, old.dsn).waiting_for_archives == 20
    with runtime.engine.begin() as connection:
        assert staging.lock_due(connection, 100) == []
    assert set(states(runtime).values()) == {"pending"}
