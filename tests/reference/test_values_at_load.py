"""Values, points and flags of whole days: worked out at the load, or later when prices and static data have come."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from killmart.db import batches, junctions, values
from killmart.db.locks import take_turn
from killmart.db.prices import store_prices
from killmart.load.days import load_days
from killmart.load.promote import promote
from killmart.model.market import DayPrices
from killmart.model.ref import Arrival
from killmart.reference.prices import fill_prices
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.market import Market
from killmart_demo.watch import Limits
from support import oracle, own_figures, realdata
from support.day_loading import DAY, DAY_BEFORE, ids_of, on, past_gate, serving, small
from support.making import MakeRuntime
from support.pipeline import (
    Json,
    build,
    build_batch,
    delete_kills,
    differences,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stack,
    stage,
    victim,
)
from support.plans import noting
from support.valued import generated_types, load_types, price_with_gaps

GENUINE = tuple(date.fromisoformat(day) for day in realdata.DAYS)


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)


def kills_of(simulator: Running, *days: date) -> list[oracle.Kill]:
    found = (simulator.state.catalogue.get(one) for one in sorted(ids_of(simulator, *days)))
    return [(json.loads(kill.body), kill.killmail_hash, None, "everef") for kill in found if kill is not None]


def expected(
    kills: Iterable[oracle.Kill], market: Market, days: Iterable[date], types: own_figures.Types
) -> oracle.Tables:
    kills = list(kills)
    tables = oracle.expected(kills)
    own_figures.add_to(tables, kills, price_with_gaps(market, days), types)
    return tables


def no_values(runtime: Runtime) -> tuple[int, int, int]:
    query = "SELECT count(*), count(priced_value), count(rule_points) FROM core.kills_fact"
    return rows(runtime, query)[0]  # type: ignore[return-value]


def test_a_day_is_valued_at_its_prices_and_a_second_load_writes_nothing(make_runtime: MakeRuntime) -> None:
    types = generated_types()
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, types)
        assert load_days(runtime, [DAY_BEFORE, DAY]).is_complete
        kills, market = kills_of(simulator, DAY_BEFORE, DAY), Market(simulator.state.config)
        assert differences(runtime, expected(kills, market, [DAY_BEFORE, DAY], types)) == []
        sources = rows(runtime, "SELECT DISTINCT value_source, points_source FROM core.kills_fact")
        assert sources == [("prices", "rule")]

        before = row_versions(runtime)
        again = load_days(runtime, [DAY], source="everef", mode="reload")
        assert (again.changed, again.unchanged) == (0, len(ids_of(simulator)))
        run(runtime, "DELETE FROM reference.market_prices")
        run(runtime, "UPDATE reference.price_days SET is_there = true")
        again = load_days(runtime, [DAY], source="everef", mode="reload")
        assert (again.changed, again.unchanged) == (0, len(ids_of(simulator)))
        run(runtime, "DELETE FROM reference.sde_builds")
        again = load_days(runtime, [DAY], source="everef", mode="reload")
        assert (again.changed, again.unchanged) == (0, len(ids_of(simulator)))
        assert row_versions(runtime) == before


def test_prices_that_come_after_the_load_bring_the_same_values(make_runtime: MakeRuntime) -> None:
    types = generated_types()
    with serving("prices_missing") as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, types)
        report = load_days(runtime, [DAY])
        assert report.is_complete
        count = len(ids_of(simulator))
        assert no_values(runtime) == (count, 0, count)  # points and flags need no prices
        assert rows(runtime, "SELECT day, source, is_there FROM reference.price_days") == [(DAY, "everef", False)]
        assert fill_values(runtime).is_done
        assert no_values(runtime) == (count, 0, count)

        simulator.state.days.change(small())
        filled = fill_prices(runtime)
        assert (filled.found, filled.absent, filled.failed, filled.is_done) == (1, 0, 0, True)
        run(runtime, "DELETE FROM mart.touched_days")
        valued = fill_values(runtime)
        assert (valued.days, valued.changed, valued.is_done) == (1, count, True)
        today = rows(runtime, "SELECT max(day) FROM reference.market_prices")[0][0]  # of ESI
        market = Market(simulator.state.config)
        expect = expected(kills_of(simulator, DAY), market, [DAY, today], types)
        assert differences(runtime, expect) == []
        assert rows(runtime, "SELECT day FROM mart.touched_days") == [(DAY,)]

        before = row_versions(runtime)
        again = fill_values(runtime)
        assert (again.days, again.changed) == (0, 0)
        assert row_versions(runtime) == before


def test_prices_are_asked_for_once_a_day_however_many_transactions_value_it(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.reference.values.REVALUED_AT_ONCE", 20)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, generated_types())
        with noting(runtime.engine) as loading:
            load_days(runtime, [DAY])
        run(runtime, "DELETE FROM quality.value_spread")
        run(runtime, "UPDATE core.kills_fact SET priced_value = NULL")
        with noting(runtime.engine) as valuing:
            assert fill_values(runtime).changed == len(ids_of(simulator)) > 5 * 20
    for statements in (loading, valuing):
        asked = [
            (found["with_later"], *one)
            for text, found in statements
            if "What types cost on days" in text
            for one in zip(found["days"], found["type_ids"], strict=True)
        ]
        assert asked
        assert len(asked) == len(set(asked))


def test_static_data_that_comes_after_the_load_brings_the_same_figures(make_runtime: MakeRuntime) -> None:
    types = generated_types()
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        assert load_days(runtime, [DAY]).is_complete
        count = len(ids_of(simulator))
        assert no_values(runtime) == (count, 0, 0)
        assert rows(runtime, "SELECT count(unit_price) FROM core.kill_items") == [(0,)]
        assert not fill_values(runtime).is_done  # nothing can be done, and it says so
        load_types(runtime.engine, types)
        assert (fill_values(runtime).changed, no_values(runtime)) == (count, (count, count, count))
        market = Market(simulator.state.config)
        assert differences(runtime, expected(kills_of(simulator, DAY), market, [DAY], types)) == []
        before = row_versions(runtime)
        assert load_days(runtime, [DAY], source="everef", mode="reload").changed == 0
        assert row_versions(runtime) == before


def test_a_broken_price_file_stops_no_load(make_runtime: MakeRuntime) -> None:
    with serving("prices_truncated") as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, generated_types())
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.inserted) == (True, len(ids_of(simulator)))
        assert rows(runtime, "SELECT count(*) FROM reference.price_days") == [(0,)]  # so it is asked for again
        assert no_values(runtime)[1] == 0


def test_prices_that_change_bring_other_values_to_the_whole_day(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, generated_types())
        load_days(runtime, [DAY])
        assert (fill_values(runtime).valued, fill_values(runtime).days) == (0, 0)
        run(runtime, "UPDATE reference.market_prices SET average = average * 2")
        run(runtime, "UPDATE reference.price_days SET changed_at = clock_timestamp()")
        doubled = rows(runtime, "SELECT killmail_id, dropped_value + destroyed_value FROM core.kills_fact ORDER BY 1")
        before = dict(doubled)
        report = fill_values(runtime)
        assert report.changed == len(before)
        after = dict(
            rows(runtime, "SELECT killmail_id, dropped_value + destroyed_value FROM core.kills_fact ORDER BY 1")
        )
        ratios = {float(after[one] / before[one]) for one in before}
        assert all(1.99 < ratio <= 2 for ratio in ratios)  # blueprint copies stay at 0.01
        assert fill_values(runtime).days == 0


@realdata.needs_realdata
def test_real_days_have_values_points_and_flags_for_all_kills(make_runtime: MakeRuntime) -> None:
    files = tuple(realdata.day_archive_path(day) for day in realdata.DAYS)
    types = own_figures.types_in(realdata.DATA / "sde")
    config = SimulatorConfig(bodies=files, sde=realdata.DATA / "sde", limits=Limits(r2z2_per_second=10_000))
    with running(config) as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, types)
        report = load_days(runtime, GENUINE)
        assert report.is_complete
        market = Market(simulator.state.config)
        kills = [
            (kill.body, kill.body["killmail_hash"], None, "everef")
            for day in realdata.DAYS
            for kill in realdata.day_archive(day)
        ]
        fill_values(runtime)  # gaps of the first day that the second one fills
        assert no_values(runtime) == (len(kills),) * 3
        assert rows(runtime, "SELECT count(*) FROM core.kills_fact WHERE total_value IS NULL OR points IS NULL") == [
            (0,)
        ]
        tables = oracle.expected(kills)
        own_figures.add_to(tables, kills, price_with_gaps(market, GENUINE, is_filled=True), types)
        assert differences(runtime, tables) == []
        spread = rows(
            runtime, "SELECT day, kills, priced, from_prices, compared FROM quality.value_spread ORDER BY day"
        )
        assert [(day, kills, kills, kills, 0) for day, kills, *_ in spread] == spread


# --- zKillboard's figures ----------------------------------------------------------------------------------------

ZKB: Json = {"totalValue": 123.45, "fittedValue": 100.0, "droppedValue": 23.45, "destroyedValue": 100.0, "points": 7}
ZKB |= {"npc": True, "solo": False, "awox": True, "locationID": 40_000_001, "labels": ["pvp"]}
FIGURES = (
    "total_value, fitted_value, dropped_value, destroyed_value, value_source, points, points_source, npc, solo, awox, "
    "priced_value, rule_points, rule_npc, rule_solo, rule_awox"
)
BODY = kill(1, killmail_time=f"{DAY}T10:00:00Z", victim=victim(items=[stack(34), stack(448, flag=20)]))


def with_prices(runtime: Runtime) -> None:
    load_types(runtime.engine, generated_types())
    run(runtime, "INSERT INTO reference.market_prices VALUES (587, :day, 1000), (34, :day, 1.5)", day=DAY)


def without_prices(runtime: Runtime) -> None:
    run(runtime, "DELETE FROM reference.market_prices")
    run(runtime, "DELETE FROM reference.sde_builds")


def bring(runtime: Runtime, zkb: Json | None, feed: str = "r2z2") -> None:
    """The killmail comes with its body, as the file of a day that is loaded again brings it."""
    of = ref(BODY, zkb)
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, feed, None, None)
        build_batch(connection, batch_id, [[Arrival(1, of.killmail_hash, of.body, of.zkb, feed, known=False)]])
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)


def await_waiting(runtime: Runtime, thread: threading.Thread) -> None:
    """Until the thread waits for somebody else's advisory lock."""
    while rows(runtime, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'") != [(1,)]:
        assert thread.is_alive()
        time.sleep(0.01)


def figures(runtime: Runtime) -> dict[str, Any]:
    [row] = rows(runtime, f"SELECT {FIGURES} FROM core.kills_fact")
    return dict(zip(FIGURES.split(", "), row, strict=True))


def test_figures_of_zkillboard_win_and_ours_stand_beside_them(runtime: Runtime) -> None:
    with_prices(runtime)
    bring(runtime, ZKB)
    found = figures(runtime)
    assert (found["total_value"], found["value_source"], found["priced_value"]) == (123, "zkb", 1003)
    assert (found["points"], found["points_source"], found["rule_points"]) == (7, "zkb", 5)
    assert (found["npc"], found["rule_npc"], found["awox"], found["rule_awox"]) == (True, False, True, False)
    assert fill_values(runtime).is_done
    assert figures(runtime) == found


@pytest.mark.parametrize("later", ["the same kill without zkb", "the same kill without zkb and without prices"])
def test_a_kill_that_comes_again_without_zkb_keeps_its_figures(runtime: Runtime, later: str) -> None:
    with_prices(runtime)
    bring(runtime, ZKB)
    before, versions = figures(runtime), row_versions(runtime)
    if later.endswith("prices"):
        without_prices(runtime)
    bring(runtime, None)
    assert figures(runtime) == before
    assert row_versions(runtime) == versions


PARTIAL: list[Json] = [{}, {"droppedValue": 1}, {"fittedValue": 5, "labels": ["pvp"]}, {"totalValue": 9.5}]


@pytest.mark.parametrize("partial", PARTIAL)
def test_zkb_blocks_that_come_late_replace_ours_as_a_whole(runtime: Runtime, partial: Json) -> None:
    with_prices(runtime)
    bring(runtime, None)
    ours = figures(runtime)
    assert (ours["total_value"], ours["value_source"], ours["points_source"]) == (1003, "prices", "rule")
    stage(runtime, [ref(BODY, partial)])
    load_past_gate(runtime)
    found = figures(runtime)
    if "totalValue" in partial:
        assert (found["total_value"], found["value_source"], found["dropped_value"]) == (10, "zkb", None)
        assert found["priced_value"] == 1003
    else:
        assert {name: found[name] for name in found if name != "labels"} == ours
    stage(runtime, [ref(BODY, ZKB)])
    load_past_gate(runtime)
    assert [figures(runtime)[name] for name in ("total_value", "points", "npc")] == [123, 7, True]


def test_a_hull_without_earlier_prices_is_valued_at_a_later_one_by_the_late_fill_alone(runtime: Runtime) -> None:
    with_prices(runtime)
    run(runtime, "UPDATE reference.market_prices SET day = day + 30")
    bring(runtime, None)
    assert (figures(runtime)["total_value"], figures(runtime)["points_source"]) == (None, "rule")
    fill_values(runtime)
    found, versions = figures(runtime), row_versions(runtime)
    assert (found["total_value"], found["value_source"]) == (1003, "prices")
    bring(runtime, None)
    assert (figures(runtime), row_versions(runtime)) == (found, versions)
    run(runtime, "DELETE FROM quality.value_spread")
    fill_values(runtime)
    assert row_versions(runtime) == versions


def test_values_come_out_the_same_in_whatever_order_things_come(runtime: Runtime) -> None:
    found = []
    for order in ("zkb prices", "prices zkb", "prices plain zkb", "zkb plain prices plain", "plain zkb prices fill"):
        delete_kills(runtime)
        run(runtime, "DELETE FROM quality.value_spread")
        without_prices(runtime)
        for step in order.split():
            if step == "prices":
                with_prices(runtime)
            elif step == "fill":
                fill_values(runtime)
            else:
                bring(runtime, ZKB if step == "zkb" else None)
        fill_values(runtime)
        found.append(figures(runtime))
        assert rows(runtime, "SELECT type_id, unit_price FROM core.kill_items ORDER BY 1")[0][1] is not None
    assert all(one == found[0] for one in found)


def test_a_changed_body_without_prices_keeps_the_prices_of_its_items(runtime: Runtime) -> None:
    with_prices(runtime)
    bring(runtime, None)
    priced = rows(runtime, "SELECT item_index, unit_price FROM core.kill_items ORDER BY 1")
    assert [price for _, price in priced if price is not None]
    without_prices(runtime)
    run(runtime, "UPDATE core.kill_victims SET damage_taken = 99")
    bring(runtime, None)
    assert rows(runtime, "SELECT damage_taken FROM core.kill_victims") == [(7,)]
    assert rows(runtime, "SELECT item_index, unit_price FROM core.kill_items ORDER BY 1") == priced


@pytest.mark.parametrize("known", [False, True], ids=["new", "known with another zkb block"])
@pytest.mark.parametrize("is_looked_at", [False, True], ids=["promoted", "values, promoted"])
def test_prices_that_change_while_a_batch_waits_for_its_promotion_bring_other_values(
    runtime: Runtime, known: bool, is_looked_at: bool
) -> None:
    with_prices(runtime)
    if known:
        bring(runtime, {"points": 3})
    of = ref(BODY, {"points": 7})
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, "everef", None, None)
        build_batch(connection, batch_id, [[Arrival(1, of.killmail_hash, of.body, of.zkb, "everef", known=False)]])
    stage(runtime, [ref(BODY | {"killmail_id": 2})])
    give_verdict(runtime, build(runtime).batch_id)
    with runtime.engine.begin() as connection:
        store_prices(connection, DayPrices(DAY, "everef", {587: 2_000_00, 34: 1_50}))
    if is_looked_at:
        fill_values(runtime)
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)
    with runtime.engine.begin() as connection:
        assert junctions.differing(connection, 1, 2) == set()
    fill_values(runtime)
    assert figures(runtime)["priced_value"] == 2003
    assert rows(runtime, "SELECT DISTINCT total_value FROM core.kill_characters") == [(2003,)]
    versions = row_versions(runtime)
    run(runtime, "DELETE FROM quality.value_spread")
    fill_values(runtime)
    assert row_versions(runtime) == versions


def test_prices_that_are_written_before_a_build_and_committed_after_it_are_noticed(runtime: Runtime) -> None:
    with_prices(runtime)
    with runtime.engine.begin() as storing:
        store_prices(storing, DayPrices(DAY, "everef", {587: 2_000_00, 34: 1_50}))
        stage(runtime, [ref(BODY)])
        batch_id = build(runtime).batch_id
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)
    assert figures(runtime)["priced_value"] is None
    fill_values(runtime)
    assert figures(runtime)["priced_value"] == 2003


def test_what_a_promotion_brings_while_a_day_is_looked_at_is_not_forgotten(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_prices(runtime)
    bring(runtime, ZKB)
    find = values.unvalued_ids

    def found(connection: Connection, of: values.UnvaluedDay) -> list[int]:
        ids = find(connection, of)
        if not rows(runtime, "SELECT FROM core.kills_fact WHERE killmail_id = 2"):
            stage(runtime, [ref(BODY | {"killmail_id": 2})])
            load_past_gate(runtime)
            run(runtime, "UPDATE core.kills_fact SET priced_value = NULL WHERE killmail_id = 2")
        return ids

    monkeypatch.setattr(values, "unvalued_ids", found)
    fill_values(runtime)
    assert rows(runtime, "SELECT kills, unvalued, is_stale FROM quality.value_spread") == [(2, 1, True)]
    fill_values(runtime)
    assert rows(runtime, "SELECT kills, unvalued, is_stale FROM quality.value_spread") == [(2, 0, False)]


def test_a_day_is_compared_by_who_has_the_promotions_turn(make_runtime: MakeRuntime) -> None:
    """Or what a promotion has marked meanwhile would be written over."""
    runtime = make_runtime()
    with_prices(runtime)
    bring(runtime, ZKB)
    comparing = threading.Thread(target=lambda: fill_values(make_runtime()))
    with runtime.engine.begin() as promotion:
        take_turn(promotion)
        comparing.start()
        await_waiting(runtime, comparing)
        assert rows(runtime, "SELECT * FROM quality.value_spread") == []
    comparing.join()
    assert rows(runtime, "SELECT kills, is_stale FROM quality.value_spread") == [(1, False)]


def test_the_days_comparison_counts_what_is_equal(runtime: Runtime) -> None:
    with_prices(runtime)
    bring(runtime, ZKB)
    stage(runtime, [ref(BODY | {"killmail_id": 2}, ZKB | {"totalValue": 1003, "points": 5, "npc": False})])
    stage(runtime, [ref(BODY | {"killmail_id": 3})])
    load_past_gate(runtime)
    fill_values(runtime)
    query = (
        "SELECT day, kills, priced, from_prices, compared, within_tenth, points_compared, points_equal, npc_equal,"
        " solo_equal, awox_equal, unvalued, is_stale FROM quality.value_spread"
    )
    assert rows(runtime, query) == [(DAY, 3, 3, 1, 2, 1, 2, 1, 1, 2, 0, 0, False)]
    [(low, median, high)] = rows(runtime, "SELECT ratio_5, ratio_50, ratio_95 FROM quality.value_spread")
    assert median == pytest.approx((1003 / 123 + 1) / 2)
    assert 1 < low < median < high < 1003 / 123
    bring(runtime, ZKB | {"totalValue": 1003})
    assert rows(runtime, "SELECT is_stale FROM quality.value_spread") == [(True,)]
    assert fill_values(runtime).days == 1
    assert rows(runtime, "SELECT within_tenth, is_stale FROM quality.value_spread") == [(2, False)]


def test_a_run_is_bounded_and_the_next_goes_on(runtime: Runtime) -> None:
    with_prices(runtime)
    for back in range(3):
        body = BODY | {"killmail_id": 10 + back, "killmail_time": f"{DAY - timedelta(days=back)}T10:00:00Z"}
        stage(runtime, [ref(body)])
    load_past_gate(runtime)
    first = fill_values(runtime, most_days=2)
    assert (first.days, first.is_done) == (2, False)
    assert [row[0] for row in rows(runtime, "SELECT day FROM quality.value_spread ORDER BY 1")] == [DAY_BEFORE, DAY]
    assert (fill_values(runtime, seconds=1e-9).days, fill_values(runtime).days, fill_values(runtime).days) == (0, 1, 0)


def test_prices_that_are_written_before_a_run_and_committed_after_it_began_are_used(make_runtime: MakeRuntime) -> None:
    """The run waits for them: stamped before it looked, they would never be looked at again."""
    runtime = make_runtime()
    with_prices(runtime)
    bring(runtime, None)
    valuing = threading.Thread(target=lambda: fill_values(make_runtime()))
    with runtime.engine.begin() as storing:
        store_prices(storing, DayPrices(DAY, "everef", {587: 2_000_00, 34: 1_50}))
        valuing.start()
        await_waiting(runtime, valuing)
    valuing.join()
    fill_values(runtime)
    assert figures(runtime)["priced_value"] == 2003
