"""The gate: each check fails for what it is there for and for nothing else; what is blocked stays out of core."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import pytest

from killmart.errors import GateBlocked, KillmartError
from killmart.quality.check import TABLES, Check, CheckResult, GateReport
from killmart.quality.gate import validate_batch
from killmart.runtime import Runtime
from killmart.stages.load import load
from killmart.stages.promote import promote
from killmart.stages.validate import validate
from making import MakeRuntime
from pipeline import (
    attacker,
    build,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stack,
    stage,
    states,
    victim,
)


class Mutation(NamedTuple):
    """A way to break a good batch ($ stands for its number), and the check that must notice."""

    severity: str
    statement: str
    together: frozenset[str] = frozenset()
    """Other checks that cannot but fail with it."""
    example: int | None = 2
    """Killmail that the check must show; None for a check on the batch as a whole."""


ORPHAN = 999
# A killmail twice has its one victim twice. An involvement without its killmail is one that neither a victim nor an
# attacker of the batch accounts for, or else those were orphans too.
MUTATIONS = {
    "batch_adds_up": Mutation(
        "critical", "UPDATE staging.batches SET claimed = claimed + 1 WHERE batch_id = $", example=None
    ),
    "killmail_id_is_unique": Mutation(
        "critical",
        "INSERT INTO candidate.kills_fact_$ SELECT * FROM candidate.kills_fact_$ WHERE killmail_id = 2;"
        "UPDATE staging.batches SET claimed = claimed + 1, candidates = candidates + 1 WHERE batch_id = $",
        frozenset({"kills_have_one_victim"}),
    ),
    "kills_have_one_victim": Mutation(
        "critical", "DELETE FROM candidate.kill_victims_$ WHERE killmail_id = 3", example=3
    ),
    "attackers_add_up": Mutation(
        "critical", "UPDATE candidate.kills_fact_$ SET attacker_count = attacker_count + 1 WHERE killmail_id = 2"
    ),
    "items_add_up": Mutation(
        "critical", "UPDATE candidate.kills_fact_$ SET item_count = item_count - 1 WHERE killmail_id = 2"
    ),
    "hash_has_its_form": Mutation(
        "critical", "UPDATE candidate.kills_fact_$ SET killmail_hash = upper(killmail_hash) WHERE killmail_id = 2"
    ),
    "total_value_is_not_negative": Mutation(
        "warning", "UPDATE candidate.kills_fact_$ SET total_value = -1 WHERE killmail_id = 2"
    ),
    "kills_have_a_final_blow": Mutation(
        "warning", "UPDATE candidate.kill_attackers_$ SET final_blow = false WHERE killmail_id = 2"
    ),
    "systems_are_known": Mutation("warning", "UPDATE candidate.kills_fact_$ SET system_id = 1 WHERE killmail_id = 2"),
    "fields_are_known": Mutation(
        "warning", "UPDATE staging.batches SET unknown_fields = '{weather}' WHERE batch_id = $", example=None
    ),
    "victims_have_a_kill": Mutation(
        "critical",
        "INSERT INTO candidate.kill_victims_$ (killmail_id, ship_type_id, damage_taken) VALUES (999, 587, 1)",
        example=ORPHAN,
    ),
    "damage_adds_up": Mutation(
        "warning", "UPDATE candidate.kill_victims_$ SET damage_taken = damage_taken + 1 WHERE killmail_id = 2"
    ),
    "ship_types_are_known": Mutation(
        "warning", "UPDATE candidate.kill_victims_$ SET ship_type_id = 4711 WHERE killmail_id = 2"
    ),
    "attackers_have_a_kill": Mutation(
        "critical",
        "INSERT INTO candidate.kill_attackers_$ (killmail_id, attacker_index, damage_done, final_blow, security_status)"
        " VALUES (999, 0, 1, true, 0)",
        example=ORPHAN,
    ),
    "attackers_are_numbered": Mutation(
        "critical", "UPDATE candidate.kill_attackers_$ SET attacker_index = attacker_index + 1 WHERE killmail_id = 2"
    ),
    "attackers_strike_one_final_blow": Mutation(
        "critical", "UPDATE candidate.kill_attackers_$ SET final_blow = true WHERE killmail_id = 2"
    ),
    "characters_have_a_kill": Mutation(
        "critical",
        "INSERT INTO candidate.kill_characters_$ VALUES (999, 5, 'attacker')",
        frozenset({"characters_play_their_role"}),
        example=ORPHAN,
    ),
    "killmail_and_character_are_unique": Mutation(
        "critical",
        "INSERT INTO candidate.kill_characters_$ SELECT * FROM candidate.kill_characters_$"
        " WHERE killmail_id = 2 AND role = 'victim'",
    ),
    "characters_play_their_role": Mutation(
        "critical", "UPDATE candidate.kill_characters_$ SET role = 'attacker' WHERE killmail_id = 2"
    ),
    "items_have_a_kill": Mutation(
        "critical",
        "INSERT INTO candidate.kill_items_$ SELECT 999, 0, parent_index, type_id, flag, singleton, quantity_dropped,"
        " quantity_destroyed FROM candidate.kill_items_$ WHERE killmail_id = 2 AND item_index = 0",
        example=ORPHAN,
    ),
    "items_are_numbered": Mutation(
        "critical", "UPDATE candidate.kill_items_$ SET item_index = item_index + 1 WHERE killmail_id = 2"
    ),
    "quantity_dropped_is_not_negative": Mutation(
        "warning", "UPDATE candidate.kill_items_$ SET quantity_dropped = -1 WHERE killmail_id = 2"
    ),
    "quantity_destroyed_is_not_negative": Mutation(
        "warning", "UPDATE candidate.kill_items_$ SET quantity_destroyed = -1 WHERE killmail_id = 2"
    ),
    "item_types_are_known": Mutation(
        "warning", "UPDATE candidate.kill_items_$ SET type_id = 4711 WHERE killmail_id = 2"
    ),
}


def all_checks() -> list[Check]:
    """Every check that the gate runs."""
    return [check for table in TABLES for check in import_module(f"killmart.quality.suites.{table}").CHECKS]


def stage_good_kills(runtime: Runtime) -> None:
    """Three killmails that meet every check, and static data that knows all of their types and systems."""
    bodies = [
        kill(number, victim=victim(damage_taken=6, **({"character_id": None} if number == 3 else {})))
        for number in (1, 2, 3)
    ]
    stage(runtime, [ref(body, {"totalValue": 5}) for body in bodies])
    run(runtime, "INSERT INTO reference.solar_systems (system_id, name) VALUES (30000142, 'Jita')")
    run(
        runtime,
        "INSERT INTO reference.types (type_id, name, group_id) SELECT id, 'a type', 1"
        " FROM unnest(ARRAY[587, 34, 35, 3467]) AS id",
    )


def judged(runtime: Runtime, batch_id: int) -> GateReport:
    """The gate's report on a batch as it is."""
    return validate_batch(runtime.engine.url.render_as_string(hide_password=False), batch_id)


def test_every_check_fails_for_what_it_is_there_for_and_for_nothing_else(runtime: Runtime) -> None:
    checks = {check.name: check for check in all_checks()}
    assert len(checks) == len(all_checks())
    assert set(MUTATIONS) == set(checks), "every check needs a mutation that it notices"
    assert all(check.why for check in checks.values())
    stage_good_kills(runtime)
    report = judged(runtime, build(runtime).batch_id)
    assert (report.outcome, {result.expectation for result in report.results}) == ("passed", set(checks))

    noticed: dict[str, CheckResult] = {}
    together: dict[str, set[str]] = {}
    for name, mutation in MUTATIONS.items():
        batch_id = build(runtime).batch_id  # abandons the one before
        for statement in mutation.statement.replace("$", str(batch_id)).split(";"):
            run(runtime, statement)
        report = judged(runtime, batch_id)
        failures = {failure.expectation: failure for failure in report.failures}
        together[name] = set(failures) - {name}
        if name in failures:
            noticed[name] = failures[name]
        worst = "critical" if "critical" in {failure.severity for failure in report.failures} else "warning"
        assert report.outcome == {"critical": "blocked", "warning": "warned"}[worst]
    assert together == {name: set(mutation.together) for name, mutation in MUTATIONS.items()}
    assert {name: result.severity for name, result in noticed.items()} == {
        name: mutation.severity for name, mutation in MUTATIONS.items()
    }
    shown = {name: {row.get("killmail_id") for row in result.examples} for name, result in noticed.items()}
    assert shown == {name: {mutation.example} for name, mutation in MUTATIONS.items()}


def test_a_check_that_cannot_run_counts_as_failed_and_spoils_no_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    import great_expectations.expectations as gxe

    suite = import_module("killmart.quality.suites.kill_victims")
    query = "SELECT nothing FROM candidate.nowhere_batch /* {batch} */"
    broken = Check("broken", gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity="critical"), "a test")
    absent = Check("absent", gxe.ExpectColumnValuesToNotBeNull(column="no_such_column", severity="warning"), "a test")
    monkeypatch.setattr(suite, "CHECKS", [broken, absent, *suite.CHECKS])
    stage_good_kills(runtime)
    built = build(runtime)
    with pytest.raises(GateBlocked, match="broken on kill_victims: could not run"):
        validate(runtime, built.batch_id)
    query = "SELECT expectation, observed FROM quality.validation_results WHERE NOT success ORDER BY expectation"
    failed = dict(rows(runtime, query))
    assert set(failed) == {"absent", "broken"}
    assert f"nowhere_{built.batch_id}" in failed["broken"]
    assert "no_such_column" in failed["absent"]


def test_a_blocked_batch_is_set_aside_and_the_next_load_goes_on(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    before = row_versions(runtime)
    stage(runtime, [ref(kill(number)) for number in (2, 3)])
    batch_id = build(runtime).batch_id
    run(runtime, f"UPDATE candidate.kills_fact_{batch_id} SET item_count = 7, attacker_count = 9 WHERE killmail_id = 3")
    with pytest.raises(GateBlocked) as blocked:
        validate(runtime, batch_id)
    said = str(blocked.value)
    for part in (
        f"Batch {batch_id}",
        "items_add_up on kills_fact",
        "attackers_add_up",
        "example killmail 3",
        "core is untouched",
    ):
        assert part in said

    assert row_versions(runtime) == before
    assert states(runtime) == {1: "promoted", 2: "blocked", 3: "blocked"}
    [(error,)] = rows(runtime, "SELECT DISTINCT error FROM staging.killmails WHERE state = 'blocked'")
    assert "items_add_up" in error
    assert rows(runtime, f"SELECT state FROM staging.batches WHERE batch_id = {batch_id}") == [("blocked",)]
    query = f"SELECT outcome, claimed, promoted FROM quality.validation_runs WHERE batch_id = {batch_id}"
    assert rows(runtime, query) == [("blocked", 2, 0)]
    stored = rows(
        runtime,
        "SELECT expectation, severity, success, unexpected_count, examples FROM quality.validation_results"
        f" JOIN quality.validation_runs USING (run_id) WHERE batch_id = {batch_id}",
    )
    assert len(stored) == len(all_checks())
    [(*_, count, examples)] = [result for result in stored if result[0] == "items_add_up"]
    assert (count, [example["killmail_id"] for example in examples]) == (1, [3])

    stage(runtime, [ref(kill(4))])
    loaded = load(runtime)
    assert (loaded.inserted, loaded.blocked) == (1, [])
    assert states(runtime) == {1: "promoted", 2: "blocked", 3: "blocked", 4: "promoted"}
    with pytest.raises(KillmartError, match="blocked by the gate"):
        promote(runtime, batch_id)
    with pytest.raises(GateBlocked, match="was blocked before"):
        validate(runtime, batch_id)
    assert rows(runtime, f"SELECT count(*) FROM candidate.kills_fact_{batch_id}") == [(2,)]


def test_one_blocked_batch_does_not_stop_a_load(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations.expectations as gxe

    suite = import_module("killmart.quality.suites.kills_fact")
    query = "SELECT killmail_id FROM candidate.kills_fact_batch WHERE killmail_id = 2 /* {batch} */"
    unlucky = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity="critical")
    monkeypatch.setattr(suite, "CHECKS", [*suite.CHECKS, Check("nobody_is_two", unlucky, "a test")])
    runtime = make_runtime(batch_kills=1)
    stage(runtime, [ref(kill(number)) for number in (1, 2, 3)])
    loaded = load(runtime)
    assert loaded.inserted == 2
    assert ["nobody_is_two" in reason for reason in loaded.blocked] == [True]
    assert states(runtime) == {1: "promoted", 2: "blocked", 3: "promoted"}


def test_warnings_are_kept_and_let_the_batch_pass(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1, attackers=[attacker(2)], weather="fine", victim=victim(items=[stack(34)])))])
    loaded = load(runtime)
    assert (loaded.inserted, loaded.blocked) == (1, [])
    assert rows(runtime, "SELECT outcome, claimed, promoted FROM quality.validation_runs") == [("warned", 1, 1)]
    failed = {row[0] for row in rows(runtime, "SELECT expectation FROM quality.validation_results WHERE NOT success")}
    assert failed == {"damage_adds_up", "fields_are_known", "kills_have_a_final_blow"}


def test_a_batch_without_a_verdict_is_not_promoted(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    batch_id = build(runtime).batch_id
    with pytest.raises(KillmartError, match=r"has not passed the gate \(verdict: none\)"):
        promote(runtime, batch_id)
    give_verdict(runtime, batch_id, "rejected")
    with pytest.raises(KillmartError, match=r"verdict: rejected"):
        promote(runtime, batch_id)
    assert (states(runtime), rows(runtime, "SELECT * FROM core.kills_fact")) == ({1: "fetched"}, [])
    give_verdict(runtime, batch_id)
    assert promote(runtime, batch_id).inserted == 1
    assert promote(runtime, batch_id).inserted == 0  # again: nothing left to do
    assert validate(runtime, batch_id) is None


@pytest.mark.parametrize("what", ["a new killmail", "a zkb change alone"])
def test_tables_that_a_crash_emptied_are_noticed(runtime: Runtime, what: str) -> None:
    """PostgreSQL empties UNLOGGED tables when it recovers from a crash; TRUNCATE leaves the same behind."""
    stage(runtime, [ref(kill(1), {"points": 1})])
    if what == "a zkb change alone":
        load_past_gate(runtime)
        stage(runtime, [ref(kill(1), {"points": 2})])

    for stage_of_the_crash in (validate, promote):
        batch_id = build(runtime).batch_id
        give_verdict(runtime, batch_id)
        tables = rows(runtime, f"SELECT tablename FROM pg_tables WHERE tablename LIKE '%\\_{batch_id}'")
        run(runtime, "TRUNCATE " + ", ".join(f"candidate.{table}" for (table,) in tables))
        with pytest.raises(KillmartError, match=f"batch {batch_id} are empty: PostgreSQL restarted"):
            stage_of_the_crash(runtime, batch_id)
        assert rows(runtime, f"SELECT state FROM staging.batches WHERE batch_id = {batch_id}") == [("abandoned",)]
        with pytest.raises(KillmartError, match="is abandoned"):
            stage_of_the_crash(runtime, batch_id)
    load_past_gate(runtime)
    points = 2 if what == "a zkb change alone" else 1
    assert rows(runtime, "SELECT points FROM core.kills_fact") == [(points,)]
    assert states(runtime) == {1: "promoted"}
