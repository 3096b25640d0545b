"""Each alert opens when its fault is there, is sent over HTTP and by mail, and resolves when the fault ends."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from killmart.db import batches, validation
from killmart.errors import UpstreamError
from killmart.load.days import load_days
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.load.marts import refresh_marts
from killmart.load.repair import repair_kills
from killmart.load.review import reject_batch
from killmart.runtime import Runtime
from killmart.watch.marts import check_marts
from killmart.watch.rules import find_rule, load_rules
from killmart_demo.app import Running
from support.day_loading import DAY, on, past_gate, serving
from support.installation import FIRST, hashes_of, set_faults, simulated, stage_refs
from support.making import MakeRuntime
from support.marts import load
from support.pipeline import attacker, build, kill, load_past_gate, ref, rows, run, stage
from support.world import World


@contextmanager
def upstreams(
    world: World, make_runtime: MakeRuntime, *, runtime: dict[str, Any] | None = None, **options: Any
) -> Iterator[Running]:
    """A simulator, and the world's runtime fed by it in a hurry; `runtime` are settings."""
    with simulated(**options) as simulator:
        urls = {name: f"{simulator.url}/{name}" for name in ("redisq", "r2z2", "esi")}
        settings = {"feed": "r2z2", "r2z2_start": FIRST, "r2z2_rate": 2000, "r2z2_pause": 0.05, "retry_seconds": 0.05}
        world.watch(make_runtime(**urls, **settings | (runtime or {})))
        yield simulator


def ask_again(runtime: Runtime) -> None:
    """Let every body be due again."""
    run(runtime, "DELETE FROM ops.pauses")
    run(
        runtime,
        "UPDATE staging.killmails SET state = 'pending', body = NULL, next_attempt_at = NULL, fetched_at = NULL",
    )


def test_error_rate(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=40) as simulator:
        set_faults(simulator, esi__500=1)
        stage_refs(world.runtime, hashes_of(simulator))
        fetch(world.runtime, seconds=0.1)
        told = world.assert_opens("error_rate")
        assert "requests to esi failed" in told
        assert "docs/runbook.md#error_rate" in told
        assert "/plugin/pipeline" in told

        set_faults(simulator)
        world.pass_time(40)
        ask_again(world.runtime)
        assert fetch(world.runtime).fetched == 40
        world.assert_resolves("error_rate")


def test_processing_delay(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=5) as simulator:
        set_faults(simulator, esi__503=1)
        stage_refs(world.runtime, hashes_of(simulator))
        fetch(world.runtime, seconds=0.1)
        world.pass_time(35)
        for _ in range(2):
            assert world.evaluate().rules["processing_delay"] == "pending"
            world.pass_time(5)
        world.assert_opens("processing_delay")

        set_faults(simulator)
        ask_again(world.runtime)
        fetch(world.runtime)
        load_past_gate(world.runtime)
        assert "processing_delay" in world.evaluate().alerts  # what was promoted just now took that long
        world.pass_time(60)
        world.assert_resolves("processing_delay")


def test_feed_silence(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=5) as simulator:
        while not drain(world.runtime, seconds=0).refs:
            pass
        assert world.evaluate().rules["feed_silence"] == "fine"
        set_faults(simulator, r2z2__503=1)
        world.pass_time(50)
        with contextlib.suppress(UpstreamError):
            drain(world.runtime, seconds=0.1)
        assert "50 min" in world.assert_opens("feed_silence")

        set_faults(simulator)
        run(world.runtime, "DELETE FROM ops.pauses")
        assert drain(world.runtime).refs > 0
        world.assert_resolves("feed_silence")


def test_cache_misses(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=30, esi_tokens=10_000) as simulator:
        stage_refs(world.runtime, hashes_of(simulator))
        for _ in range(4):  # the cache is lost each time
            shutil.rmtree(world.runtime.settings.esi_cache.parent, ignore_errors=True)
            ask_again(world.runtime)
            assert fetch(world.runtime).fetched == 30
        assert set(simulator.state.esi_fetches.values()) == {4}
        assert "75.0% of 120 lookups" in world.assert_opens("cache_misses")

        world.pass_time(8 * 60)
        for _ in range(4):
            ask_again(world.runtime)
            fetch(world.runtime)
        assert set(simulator.state.esi_fetches.values()) == {4}
        world.assert_resolves("cache_misses")


def test_rate_limit_hits(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=20) as simulator:
        set_faults(simulator, esi__429=1, retry_after_seconds=0)
        stage_refs(world.runtime, hashes_of(simulator))
        for _ in range(4):
            ask_again(world.runtime)
            fetch(world.runtime, seconds=0.1)
        assert "esi answered" in world.assert_opens("rate_limit_hits")

        set_faults(simulator)
        world.pass_time(40)
        ask_again(world.runtime)
        fetch(world.runtime)
        world.assert_resolves("rate_limit_hits")


def test_budget_exhausted(world: World, make_runtime: MakeRuntime) -> None:
    passed = 0.0
    options = {"kills": 400, "esi_tokens": 200, "monotonic": lambda: time.monotonic() + passed}
    with upstreams(world, make_runtime, runtime={"esi_concurrency": 1}, **options) as simulator:
        stage_refs(world.runtime, hashes_of(simulator))
        for _ in range(6):  # more waits than the budget allows to fetch
            fetch(world.runtime, seconds=20)  # ends before that: ESI wants more quiet
            assert world.evaluate().rules["budget_exhausted"] == "pending"
            world.pass_time(5)
            passed += 300
        fetch(world.runtime, seconds=20)
        assert "of the tokens of esi are left" in world.assert_opens("budget_exhausted")

        world.pass_time(60)  # nothing asks any more
        world.assert_resolves("budget_exhausted")


def test_coverage(world: World, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)
    with serving("archive_short") as simulator:
        world.watch(on(simulator, make_runtime))
        set_faults(simulator, esi__404=1)
        assert not load_days(world.runtime, [DAY]).is_complete
        for _ in range(12):
            assert world.evaluate().rules["coverage"] == "pending"
            world.pass_time(5)
        world.assert_opens("coverage")

        set_faults(simulator)
        assert load_days(world.runtime, [DAY]).is_complete
        world.assert_resolves("coverage")


def test_blocked_batches(world: World) -> None:
    stage(world.runtime, [ref(kill(1))])
    batch_id = build(world.runtime).batch_id
    with world.runtime.engine.begin() as connection:
        validation.block_batch(connection, batch_id, "nobody_passes")
        batches.finish_batch(connection, batch_id, "blocked")
    assert "decided on: 1;" in world.assert_opens("blocked_batches")
    reject_batch(world.runtime, batch_id, "somebody", "it is a test")
    world.assert_resolves("blocked_batches")


def test_quarantine_growth(world: World) -> None:
    bad = [kill(number, attackers=[]) for number in range(1, 12)]
    stage(world.runtime, [ref(one) for one in bad])
    assert build(world.runtime).quarantined == 11
    assert "no_attackers" in world.assert_opens("quarantine_growth")
    run(world.runtime, "UPDATE quality.quarantine SET resolved_at = now() WHERE killmail_id = 1")
    world.assert_resolves("quarantine_growth")


def test_staging_backlog(world: World, make_runtime: MakeRuntime) -> None:
    with upstreams(world, make_runtime, kills=5) as simulator:
        set_faults(simulator, esi__503=1)
        stage_refs(world.runtime, {one: f"{one:040x}" for one in range(1, 5_002)})
        fetch(world.runtime, seconds=0.1)
        for _ in range(6):
            assert world.evaluate().rules["staging_backlog"] == "pending"
            world.pass_time(5)
        assert "5,001 killmails wait" in world.assert_opens("staging_backlog")
        run(world.runtime, "DELETE FROM staging.killmails WHERE killmail_id > 5000")
        world.assert_resolves("staging_backlog")


def test_mart_lag(world: World) -> None:
    stage(world.runtime, [ref(kill(1))])
    load_past_gate(world.runtime)
    world.pass_time(50)
    assert world.evaluate().rules["mart_lag"] == "fine"
    world.pass_time(15)
    assert "waited 1 h 5 min" in world.assert_opens("mart_lag")
    refresh_marts(world.runtime)
    world.assert_resolves("mart_lag")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE core.kill_characters SET role = 'attacker' WHERE killmail_id = 7",
        "UPDATE core.kill_corporations SET total_value = 1 WHERE killmail_id = 7",
        "UPDATE core.kill_corporations SET pilots = pilots + 1 WHERE killmail_id = 7",
        "DELETE FROM core.kill_alliances WHERE killmail_id = 7",
        "UPDATE core.kill_characters SET kill_time = kill_time - interval '1 day' WHERE killmail_id = 7",
        "UPDATE core.kill_attackers SET final_blow = false WHERE killmail_id = 7",
    ],
)
def test_junction_differences(world: World, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    past_gate(monkeypatch)
    stage(world.runtime, [ref(kill(number)) for number in (*range(1, 40), 2**63 - 1)])
    load_past_gate(world.runtime)
    world.evaluate()
    assert world.evaluate().rules["junction_differences"] == "fine"
    run(world.runtime, damage)
    assert world.evaluate().rules["junction_differences"] == "fine"  # it looks once a day
    world.pass_time(24 * 60)
    world.evaluate()
    told = world.assert_opens("junction_differences")
    assert ": 7 of 2021-11-29." in told
    assert "backfill --ids" in told

    assert repair_kills(world.runtime, [7]).changed == 1  # which no list and no archive has
    assert "junction_differences" in world.evaluate().alerts
    world.pass_time(24 * 60)
    world.evaluate()
    world.assert_resolves("junction_differences")


def test_disk(world: World) -> None:
    """The disk of this machine is as it is: the threshold moves instead."""
    fine = load_rules()
    full = [msgspec.structs.replace(rule, threshold=1.1) if rule.name == "disk" else rule for rule in fine]
    assert "of the disk" in world.assert_opens("disk", full)
    world.pass_time(60)
    free = [msgspec.structs.replace(rule, threshold=0.0) if rule.name == "disk" else rule for rule in fine]
    world.assert_resolves("disk", free)


def test_failed_notifications(world: World) -> None:
    world.hook.status = 500
    stage(world.runtime, [ref(kill(1))])
    batch_id = build(world.runtime).batch_id
    with world.runtime.engine.begin() as connection:
        batches.finish_batch(connection, batch_id, "blocked")
    watched = world.evaluate()  # nothing fails
    assert (watched.messages_sent, watched.messages_failed) == (1, 1)
    world.pass_time(5)
    assert "failed_notifications" in world.evaluate().alerts
    assert find_rule("failed_notifications").title in world.mail.messages[-1][0]
    assert "1 json" in world.mail.messages[-1][1]
    assert world.hook.messages == []

    world.pass_time(5)
    world.hook.status = 200
    world.evaluate()  # what waits arrives; it was not told that it could not be told
    assert [find_rule("blocked_batches").title in "\n".join(message) for message in world.hook.messages] == [True]
    for _ in range(3):
        assert "failed_notifications" in world.evaluate().alerts  # not calm for long enough
        world.pass_time(5)
    world.pass_time(5)
    world.assert_resolves("failed_notifications")


def test_every_rule_has_its_test() -> None:
    assert {f"test_{rule.name}" for rule in load_rules()} <= set(globals())


def brawl(first: int, hour: str) -> list[dict[str, Any]]:
    """Ten killmails of one fight, from the 55th minute of an hour on, so that some are in the next one."""
    crew = [attacker(one) for one in range(11, 21)]
    began = datetime.fromisoformat(f"{hour}:55:00+00:00")
    times = [f"{began + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}" for minutes in range(10)]
    return [kill(first + place, killmail_time=time, attackers=crew) for place, time in enumerate(times)]


@pytest.mark.parametrize(
    ("damage", "table"),
    [
        ("UPDATE mart.settled_items SET dropped = dropped + 1 WHERE type_id = 34", "settled_items"),
        ("DELETE FROM mart.settled_crews", "settled_crews"),
        ("UPDATE mart.settled_sums SET kills = kills + 1 WHERE entity_id = 0", "settled_sums"),
        ("INSERT INTO mart.settled_items VALUES ('2021-11-29', 99, 1, 1, 1)", "settled_items"),
        ("UPDATE core.kill_items SET quantity_dropped = 9", "settled_items"),
        ("DELETE FROM mart.battles WHERE battle_id = 1", "battles, battle_sides, battle_kills"),
        ("UPDATE mart.battle_kills SET battle_id = 21 WHERE killmail_id = 3", "battle_kills"),
        ("UPDATE mart.battle_kills SET battle_id = 31 WHERE killmail_id = 3", "battle_kills"),  # of another day
        ("DELETE FROM mart.battle_kills WHERE killmail_id = 29", "battle_kills"),
        ("UPDATE mart.battle_sides SET isk_lost = isk_lost + 1 WHERE battle_id = 21 AND side = 1", "battle_sides"),
        ("UPDATE mart.battle_sides SET alliances = '{}' WHERE battle_id = 1", "battle_sides"),
        ("UPDATE mart.battles SET ended_at = ended_at + interval '1 second' WHERE battle_id = 1", "battles"),
        ("UPDATE mart.battles SET started_at = started_at - interval '1 day' WHERE battle_id = 21", "battles"),
        ("INSERT INTO mart.battles VALUES (9, 30000142, '2021-11-29', '2021-11-29', 5, 10, 2, 0, 0)", "battles"),
        ("UPDATE core.kill_attackers SET alliance_id = 99 WHERE killmail_id = 2", "battle_sides"),
    ],
)
def test_mart_differences(world: World, monkeypatch: pytest.MonkeyPatch, damage: str, table: str) -> None:
    past_gate(monkeypatch)
    load(
        world.runtime,
        *brawl(1, "2021-11-29T12"),
        *brawl(21, "2021-11-29T23"),  # over midnight
        *brawl(31, "2021-12-01T12"),
        kill(99, killmail_time="2021-12-02T10:00:00Z"),  # so that the days before are over
        totalValue=7,
    )
    monkeypatch.setattr("killmart.watch.marts.random.random", lambda: 0.0)  # the first day
    assert world.evaluate().rules["mart_differences"] == "unknown"  # no sums are kept yet
    refresh_marts(world.runtime)
    world.evaluate()
    assert world.evaluate().rules["mart_differences"] == "fine"
    run(world.runtime, damage)
    assert world.evaluate().rules["mart_differences"] == "fine"  # it looks once a day
    world.pass_time(24 * 60)
    world.evaluate()
    told = world.assert_opens("mart_differences")
    assert re.search(rf"differs from core: [a-z_, ]*{table}[a-z_, ]* of 2021-11-29\.", told), told
    assert "marts --rebuild" in told
    refresh_marts(world.runtime, rebuild=True)
    world.pass_time(24 * 60)
    world.evaluate()
    world.assert_resolves("mart_differences")


def test_a_day_beside_one_that_waits_for_its_battles_is_not_compared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its battles may reach into the other, whose newest killmails are not in them yet."""

    def compared() -> list[tuple[Any, ...]]:
        check_marts(world.runtime, datetime.now(UTC))
        return rows(world.runtime, "SELECT day, differing FROM quality.mart_checks ORDER BY check_id")

    monkeypatch.setattr("killmart.watch.marts.random.random", lambda: 0.0)  # the first day
    load(world.runtime, *brawl(1, "2021-11-29T23"), kill(99, killmail_time="2021-12-02T10:00:00Z"))
    refresh_marts(world.runtime)
    late = kill(11, killmail_time="2021-11-30T00:08:00Z", attackers=[attacker(one) for one in range(11, 21)])
    load(world.runtime, late)
    assert compared() == []
    refresh_marts(world.runtime)
    assert compared() == [(date(2021, 11, 29), [])]
