"""Every expectation fails for what it is there for, at its severity, and for nothing else: on real killmails."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text

from killmart.config.sqlfiles import JUNCTIONS as DERIVED
from killmart.db import junctions
from killmart.db.validation import record_profile
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.databases import shared_warehouse
from support.judging import DAY, KILLS, all_checks, build_good_batch, build_real, copied, find_kill, judged
from support.mutations import JUNCTIONS, MUTATIONS, Mutation
from support.pipeline import rows

pytestmark = realdata.needs_days
_numbers = itertools.count(1001)


@pytest.fixture(scope="module")
def shared(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """One warehouse for all tests here: each breaks a copy of the good batch of its own."""
    with shared_warehouse(postgres, "expectations") as runtime:
        yield runtime


@pytest.fixture(scope="module")
def good(shared: Runtime) -> int:
    """The number of a batch that meets every check; of its columns, the days before had ten times as many."""
    batch_id = build_good_batch(shared)
    report = judged(shared, copied(shared, batch_id, next(_numbers)))
    assert {failure.expectation: failure.observed for failure in report.failures} == {}
    assert report.outcome == "passed"
    assert {result.expectation for result in report.results} == {check.name for check in all_checks()}
    before = [
        dataclasses.asdict(column)
        | {"day": date.fromisoformat(DAY).replace(day=1), "rows": column.rows * 10, "nulls": column.nulls * 10}
        for column in report.profile
    ]
    with shared.engine.begin() as connection:
        record_profile(connection, batch_id, before)
    return batch_id


@pytest.fixture(scope="module")
def kill(shared: Runtime, good: int) -> int:
    """The killmail that mutations are done to."""
    return find_kill(shared, good)


def test_the_good_batch_passes_and_is_compared_with_a_past(shared: Runtime, good: int) -> None:
    report = judged(shared, copied(shared, good, next(_numbers)))
    assert (report.outcome, report.failures) == ("passed", [])
    known = {(row[0], row[1]) for row in rows(shared, "SELECT table_name, column_name FROM quality.column_profiles")}
    assert {("kill_victims", "corporation_id"), ("kill_attackers", "weapon_type_id")} < known


def test_every_column_that_may_be_empty_is_counted(shared: Runtime, good: int) -> None:
    wanted = rows(
        shared,
        """SELECT table_name, column_name FROM information_schema.columns
        INNER JOIN information_schema.tables USING (table_schema, table_name)
        INNER JOIN pg_class ON relname = table_name AND relnamespace = 'core'::regnamespace AND NOT relispartition
        WHERE table_schema = 'core' AND table_type = 'BASE TABLE' AND is_nullable = 'YES'""",
    )
    batch_id = copied(shared, good, next(_numbers))
    counted = {(one.table_name, one.column_name): (one.rows, one.nulls) for one in judged(shared, batch_id).profile}
    assert set(counted) == {(table, column) for table, column in wanted}
    for (table, column), found in counted.items():
        query = f"SELECT count(*), count(*) - count({column}) FROM candidate.{table}_{batch_id}"
        assert found == rows(shared, query)[0], (table, column)


def test_every_check_has_its_mutation_and_its_reason() -> None:
    checks = [check.name for check in all_checks()]
    assert len(set(checks)) == len(checks)
    assert {mutation.check for mutation in MUTATIONS} == set(checks), "every check needs a mutation that it notices"
    unclear = {
        check.name: check.why for check in all_checks() if not check.why.endswith((".", "?")) or len(check.why) <= 20
    }
    assert unclear == {}, "a reason is a sentence for readers, longer than 20 characters"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{at}-{one.check}" for at, one in enumerate(MUTATIONS)])
def test_a_check_fails_for_what_it_is_there_for_and_no_other_does(
    shared: Runtime, good: int, kill: int, mutation: Mutation
) -> None:
    batch_id = copied(shared, good, next(_numbers))
    with shared.engine.begin() as connection:
        for statement in mutation.statements.replace("$", str(batch_id)).split(";"):
            connection.execute(text(statement), {"kill": kill})
        if mutation not in JUNCTIONS:
            for entities in DERIVED.values():
                connection.execute(text(f"TRUNCATE candidate.kill_{entities}_{batch_id}"))
            junctions.derive(connection, batch_id)
    report = judged(shared, batch_id)
    failures = {failure.expectation: failure for failure in report.failures}
    assert set(failures) == {mutation.check, *mutation.together}, [failure.observed for failure in report.failures]
    noticed = failures[mutation.check]
    assert noticed.severity == mutation.severity
    verdicts = {"critical": "blocked", "warning": "warned", "info": "passed"}
    if not mutation.together:
        assert report.outcome == verdicts[mutation.severity]
    assert noticed.unexpected_count
    assert "could not run" not in noticed.observed
    assert noticed.examples
    shown = {row.get("killmail_id") for row in noticed.examples}
    newest = f"SELECT killmail_id FROM candidate.kills_fact_{batch_id} ORDER BY kill_time DESC LIMIT 1"
    wanted = {":kill": kill, "newest": rows(shared, newest)[0][0]}.get(str(mutation.example), mutation.example)
    assert shown == {wanted}, "the query returns killmail_id, and the mutation breaks what its `example` says, no other"
    if wanted is not None:
        assert noticed.unexpected_percent == pytest.approx(100 / KILLS, rel=0.02) or "quantity" in mutation.check


@realdata.needs_realdata
def test_kinds_of_odd_real_killmails_warn_of_nothing_but_what_is_odd(shared: Runtime, good: int) -> None:
    """Killmails of 2008 to 2026: structures, NPCs, blueprints, nested items, no position, the two CCP VERIFIED ones."""
    kills = {
        kill.body["killmail_id"]: kill
        for kill in itertools.chain(realdata.edge_cases(), realdata.corpus(), realdata.ccp_verified())
    }
    report = judged(shared, build_real(shared, list(kills.values()), "list", []))
    types = {"item_types_are_known", "ship_types_are_known", "systems_are_known", "attacker_types_are_known"}
    failed = {failure.expectation for failure in report.failures}
    assert failed - types == {"damage_adds_up", "kills_have_a_final_blow"}
