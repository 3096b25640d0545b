"""Single killmails derived again: from staging, else from ESI, whole and through the gate."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from killmart.errors import ConfigurationError
from killmart.load.days import load_days
from killmart.load.quarantine import discard, entries
from killmart.load.repair import ids_in, repair_kills
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import Running
from support import oracle
from support.day_loading import DAY, coverage, ids_of, in_core, on, past_gate, rows_of, serving, small
from support.making import MakeRuntime
from support.pipeline import (
    delete_kills,
    differences,
    encoded,
    kill,
    load_past_gate,
    quarantined,
    ref,
    row_versions,
    rows,
    run,
    stage,
)


@pytest.fixture(autouse=True)
def _past_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)


def test_what_an_older_transform_left_out_is_filled_from_esi_and_the_rest_stays(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = sorted(ids_of(simulator))
        load_days(runtime, [DAY], source="everef")
        damaged, lost = everything[:3], everything[3]
        run(runtime, "DELETE FROM core.kill_victims WHERE killmail_id = any(:some)", some=damaged)
        run(runtime, "DELETE FROM core.kill_characters WHERE killmail_id = any(:some)", some=damaged)
        report = repair_kills(runtime, [*everything[:10], 1])
        assert (report.inserted, report.changed, report.unchanged) == (0, 3, 7)
        assert report.missing == {1: "neither core nor staging knows its hash"}
        assert not report.is_complete
        # recorded as that of every other batch: first the day's, then the repair's
        transformed = """SELECT value FROM ops.run_metrics WHERE stage = 'transform' AND metric = 'candidate_killmails'
            AND batch_id IS NOT NULL ORDER BY batch_id"""
        assert rows(runtime, transformed) == [(len(everything),), (10,)]
        expected = rows_of(simulator, everything, "everef")
        for one in damaged:
            expected["kills_fact"][one,]["source"] = "esi"
        assert differences(runtime, expected) == []

        before = row_versions(runtime)
        assert repair_kills(runtime, everything[:10]).unchanged == 10
        assert row_versions(runtime) == before
        delete_kills(runtime, [lost])
        assert repair_kills(runtime, [lost]).missing
        assert load_days(runtime, [DAY]).is_complete
        assert in_core(runtime) == set(everything)
        assert (coverage(runtime) or ())[3] == set()


@pytest.mark.parametrize("damage", ["", "archive_truncated"])
def test_many_killmails_of_a_day_come_from_its_archive_and_from_esi_where_that_is_bad(
    make_runtime: MakeRuntime, damage: str
) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = sorted(ids_of(simulator))
        load_days(runtime, [DAY], source="everef")
        run(runtime, "DELETE FROM core.kill_items")
        run(runtime, "DELETE FROM core.kill_victims")
        if damage:
            simulator.state.days.change(small(damage))
        before = simulator.state.counts.copy()
        report = repair_kills(runtime, everything)
        assert (report.is_complete, report.changed, report.unchanged) == (True, len(everything), 0)
        asked = {service for service, _, _ in simulator.state.counts - before}
        assert asked == ({"everef", "esi"} if damage else {"everef"})
        assert differences(runtime, rows_of(simulator, everything, "esi" if damage else "everef")) == []


def test_bodies_still_in_staging_are_taken_before_anybody_is_asked(runtime: Runtime) -> None:
    bodies = [kill(1), kill(2), kill(3)]
    stage(runtime, [ref(body, {"totalValue": 5}) for body in bodies])
    load_past_gate(runtime)
    run(runtime, "DELETE FROM core.kill_items WHERE killmail_id = 1")
    run(runtime, "UPDATE staging.killmails SET body = :bad WHERE killmail_id = 3", bad=encoded(kill(3, attackers=[])))
    report = repair_kills(runtime, [1, 2, 3])
    assert (report.changed, report.unchanged, report.quarantined) == (1, 1, 1)
    assert set(quarantined(runtime)) == {3}
    hashed = [(body, oracle.killmail_hash_of(body), {"totalValue": 5}, "r2z2") for body in bodies]
    assert differences(runtime, oracle.expected(hashed)) == []


def refs_of(simulator: Running, ids: Iterable[int]) -> list[Ref]:
    """The kills as a feed that embeds the bodies names them."""
    kills = [simulator.state.catalogue.get(one) for one in sorted(ids)]
    return [Ref(one.killmail_id, one.killmail_hash, b'{"points": 4}', one.body) for one in kills if one]


def test_a_day_is_derived_again_from_staging_as_long_as_all_its_bodies_are_there(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        stage(runtime, refs_of(simulator, everything), "r2z2")
        load_past_gate(runtime)
        for left, source in ((everything, "staging"), (everything - {min(everything)}, "everef")):
            run(runtime, "DELETE FROM staging.killmails WHERE killmail_id != ALL(:left)", left=sorted(left))
            run(runtime, "DELETE FROM core.kill_victims")
            before = simulator.state.counts.copy()
            report = load_days(runtime, [DAY], mode="reload")
            assert (report.is_complete, report.inserted, report.changed) == (True, 0, len(everything))
            asked = {route for service, route, _ in simulator.state.counts - before if service in ("everef", "esi")}
            archives = [one for one in asked if one.startswith("/killmails/") and "totals" not in one]
            assert (report.days[0].source, bool(archives)) == (source, source == "everef")
            assert rows(runtime, "SELECT DISTINCT points FROM core.kills_fact") == [(4,)]
        assert load_days(runtime, [DAY], mode="reload").unchanged == len(everything)


def test_what_a_person_has_discarded_is_not_asked_for_again(make_runtime: MakeRuntime) -> None:
    with serving("member_two_final_blows") as simulator:
        runtime = on(simulator, make_runtime)
        load_days(runtime, [DAY], source="everef")
        assert len(quarantined(runtime)) == 1
        discard(runtime, [entry.quarantine_id for entry in entries(runtime)], "Ann", "nonsense")
        before = simulator.state.counts.copy()
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.days[0].source, report.days[0].quarantined) == (True, "none", 1)
        assert {service for service, _, _ in simulator.state.counts - before} == {"r2z2", "everef"}  # list and totals
        run(runtime, "UPDATE quality.quarantine SET killmail_hash = 'another'")  # that was another killmail, then
        assert load_days(runtime, [DAY]).days[0].source == "esi"
        assert in_core(runtime) == ids_of(simulator)


def test_ids_are_read_with_care() -> None:
    assert ids_in("3, 1,2 1") == [1, 2, 3]
    for bad in ("", ",", "0", "-1", "1;2", "9" * 30, "٣"):
        with pytest.raises(ConfigurationError, match="killmail id"):
            ids_in(bad)
