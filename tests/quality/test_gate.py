"""The gate: severities decide, what cannot run counts as failed, and what is blocked stays out of core."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from threading import Event

import pytest

from killmart.config.sqlfiles import ENTITIES
from killmart.errors import GateBlocked, KillmartError
from killmart.load.live import load
from killmart.load.promote import promote
from killmart.load.validate import validate
from killmart.quality.check import TABLES, Check, CheckResult, GateReport
from killmart.quality.gate import import_ahead
from killmart.quality.results import MAX_CELL, MAX_EXAMPLES
from killmart.runtime import Runtime
from support.judging import all_checks, judged
from support.making import MakeRuntime
from support.pipeline import (
    attacker,
    build,
    delete_kills,
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
        " FROM unnest(ARRAY[587, 34, 35, 2873, 3467]) AS id",
    )


def test_the_gate_tells_nobody_of_a_folder_that_is_gone_at_once(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    stage_good_kills(runtime)
    with caplog.at_level("INFO"):
        assert validate(runtime, build(runtime).batch_id).outcome == "passed"
    assert caplog.messages
    assert "temporary directory" not in caplog.text


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


@pytest.mark.parametrize("broken", ["import", "checks", "table"])
def test_a_suite_that_raises_is_a_failed_critical_check_and_the_other_tables_are_judged(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    stage_good_kills(runtime)
    batch_id = build(runtime).batch_id
    if broken == "import":
        monkeypatch.setitem(sys.modules, "killmart.quality.suites.kill_items", None)
    elif broken == "checks":
        monkeypatch.delattr(import_module("killmart.quality.suites.kill_items"), "CHECKS")
    else:
        run(runtime, f"ALTER TABLE candidate.kill_items_{batch_id} RENAME TO kill_items_elsewhere")
    with pytest.raises(GateBlocked, match="suite_runs on kill_items: could not run"):
        validate(runtime, batch_id)
    failed = dict(rows(runtime, "SELECT expectation, table_name FROM quality.validation_results WHERE NOT success"))
    assert failed.pop("suite_runs") == "kill_items"
    if broken != "table":
        assert failed == {}
    judged_tables = rows(runtime, "SELECT DISTINCT table_name FROM quality.validation_results WHERE success ORDER BY 1")
    assert {table for (table,) in judged_tables} == {*TABLES} - {"kill_items"}


def test_sql_that_a_schema_change_broke_counts_as_failed_by_name(runtime: Runtime) -> None:
    stage_good_kills(runtime)
    batch_id = build(runtime).batch_id
    run(runtime, f"ALTER TABLE candidate.kill_victims_{batch_id} RENAME damage_taken TO damage")
    report = judged(runtime, batch_id)
    failed = {failure.expectation: failure for failure in report.failures}
    derived = {f"{entities}_have_their_kills_facts" for entities in ENTITIES.values()} | {"kills_are_in_their_system"}
    assert set(failed) == {"victims_are_filled_in", "damage_adds_up"} | derived
    for failure in failed.values():
        assert "damage_taken" in failure.observed
        assert "does not exist" in failure.observed
    assert report.outcome == "blocked"


def test_a_summary_that_a_schema_change_broke_is_named_before_the_claims_that_read_it(runtime: Runtime) -> None:
    stage_good_kills(runtime)
    batch_id = build(runtime).batch_id
    run(runtime, f"ALTER TABLE candidate.kill_attackers_{batch_id} RENAME damage_done TO damage")
    report = judged(runtime, batch_id)
    failed = [failure.expectation for failure in report.failures]
    assert failed[0] == "create_attackers_by_kill"
    assert "damage_done" in report.failures[0].observed
    assert {"attackers_add_up", "attackers_are_numbered", "damage_adds_up"} < set(failed)
    assert not {"items_add_up", "kills_have_one_victim", "items_are_numbered"} & set(failed)
    assert report.outcome == "blocked"


def test_results_too_large_to_keep_are_cut_and_say_so(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number)) for number in range(1, MAX_EXAMPLES + 11)])
    batch_id = build(runtime).batch_id
    long = "<script>" + "x" * 10_000
    run(runtime, f"UPDATE candidate.kills_fact_{batch_id} SET system_id = NULL, killmail_hash = :long", long=long)
    run(runtime, "UPDATE staging.batches SET unknown_fields = :names", names=[f"field{n}" for n in range(5000)])
    report = judged(runtime, batch_id)
    failed = {failure.expectation: failure for failure in report.failures}
    filled = failed["kills_are_filled_in"]
    assert filled.observed == "30 unexpected rows, 20 of them kept as examples"
    assert (len(filled.examples), filled.unexpected_count, filled.unexpected_percent) == (MAX_EXAMPLES, 30, 100)
    cut = str(filled.examples[0]["killmail_hash"])
    assert cut.startswith(long[:MAX_CELL])
    assert cut.endswith("… (cut, 10,008 characters in all)")
    [fields] = failed["fields_are_known"].examples
    assert "field0" in str(fields["unknown_fields"])
    assert "(cut, " in str(fields["unknown_fields"])
    assert len(failed["hash_has_its_form"].examples) == MAX_EXAMPLES
    assert len(json.dumps([failure.examples for failure in report.failures])) < 60_000


def test_a_connection_that_is_lost_on_the_way_condemns_no_batch(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_good_kills(runtime)
    batch_id = build(runtime).batch_id
    suite = import_module("killmart.quality.suites.kill_victims")
    query = "SELECT killmail_id, pg_terminate_backend(pg_backend_pid()) FROM candidate.kills_fact_batch /* {batch} */"
    claim = import_module("killmart.quality.suites.sqlcheck").ExpectNoRows(unexpected_rows_query=query)
    with monkeypatch.context() as patch:
        patch.setattr(suite, "CHECKS", [Check("unlucky", claim, "a test"), *suite.CHECKS])
        with pytest.raises(KillmartError, match="connection to the warehouse was lost"):
            validate(runtime, batch_id)
    assert rows(runtime, "SELECT count(*) FROM quality.validation_runs") == [(0,)]
    assert rows(runtime, f"SELECT state FROM staging.batches WHERE batch_id = {batch_id}") == [("built",)]
    report = validate(runtime, batch_id)  # again, on tables that have their keys already
    assert report is not None
    assert report.outcome == "passed"


def test_the_rest_of_a_day_that_core_has_is_as_much_as_usual(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number)) for number in range(1, 61)])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(61))])
    batch_id = build(runtime).batch_id
    run(runtime, "UPDATE staging.batches SET days = '{2021-11-29}'")
    run(
        runtime,
        "INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)"
        " SELECT date '2021-11-29' - 7 * week, 110, 110, 0, '{}', '{list}', now() FROM generate_series(1, 2) AS week",
    )
    assert "volume_is_as_usual" not in {failure.expectation for failure in judged(runtime, batch_id).failures}
    delete_kills(runtime)
    [short] = [one for one in judged(runtime, batch_id).failures if one.expectation == "volume_is_as_usual"]
    assert short.examples == [{"day": "2021-11-29", "kills": 1, "usual_kills": 110}]
    run(runtime, "DELETE FROM quality.day_coverage WHERE day < '2021-11-20'")  # one week alone is no custom
    assert "volume_is_as_usual" not in {failure.expectation for failure in judged(runtime, batch_id).failures}


def test_what_informs_changes_no_verdict() -> None:
    def result(severity: str) -> CheckResult:
        return CheckResult("t", "e", None, severity, False, "", None, None, [], "a test")

    def report(*severities: str) -> GateReport:
        return GateReport([result(severity) for severity in severities], 0)

    assert report("info").outcome == "passed"
    assert report("info", "warning").outcome == "warned"
    assert report("info", "critical", "warning").outcome == "blocked"
    assert [one.severity for one in report("info", "critical", "warning").failures] == ["critical", "warning", "info"]


def test_why_and_the_empty_cells_of_what_passed_are_kept(runtime: Runtime) -> None:
    stage_good_kills(runtime)
    validate(runtime, build(runtime).batch_id)
    reasons = dict(rows(runtime, "SELECT expectation, why FROM quality.validation_results"))
    assert reasons == {check.name: check.why for check in all_checks()}
    profile = "SELECT source, day::text, batches, rows, nulls FROM quality.column_profiles WHERE table_name = :table"
    query = f"{profile} AND column_name = :column"
    wanted = [("redisq", "2021-11-29", 1, 3, 1)]
    assert rows(runtime, query, table="kill_victims", column="character_id") == wanted

    batch_id = build(runtime).batch_id  # the one before is abandoned; what it had is counted, as that of a run again
    run(runtime, f"UPDATE candidate.kills_fact_{batch_id} SET item_count = 7")
    with pytest.raises(GateBlocked):
        validate(runtime, batch_id)
    assert rows(runtime, query, table="kill_victims", column="character_id") == wanted


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
    [reason] = loaded.blocked
    assert "nobody_is_two on kills_fact: 1 unexpected row, for example killmail 2" in reason
    assert states(runtime) == {1: "promoted", 2: "blocked", 3: "promoted"}


def test_warnings_are_kept_and_let_the_batch_pass(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1, attackers=[attacker(95_000_002)], weather="fine", victim=victim(items=[stack(34)])))])
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


def test_great_expectations_is_imported_ahead_once_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ends = Event(), Event()
    imports: list[bool] = []

    def take_long() -> None:
        begun.set()
        imports.append(ends.wait(60))

    monkeypatch.setattr("killmart.quality.gate.import_great_expectations", take_long)
    import_ahead.cache_clear()
    try:
        importing = import_ahead()
        assert begun.wait(60)
        assert importing.is_alive()
        assert import_ahead() is importing
        ends.set()
        importing.join(60)
        assert imports == [True]
    finally:
        import_ahead.cache_clear()


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
