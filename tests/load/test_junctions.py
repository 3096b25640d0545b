"""Who was on a killmail is what core says of it, whatever comes, in whatever order, and wherever it breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from killmart.config.sqlfiles import JUNCTIONS, core_names, entity_names
from killmart.db import junctions
from killmart.db.prices import store_prices
from killmart.model.market import DayPrices
from killmart.reference import appraise
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from killmart.watch.junctions import check_junctions
from support import oracle
from support.interrupting import interruption
from support.pipeline import (
    FEED,
    Json,
    attacker,
    differences,
    empty_warehouse,
    kill,
    load_anew,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stage,
    victim,
)
from support.strategies import REPEATABLE, killmails, zkb_blocks
from support.valued import generated_types, load_types

IDS = (1, 2, 2**63 - 1)


@pytest.fixture(autouse=True)
def _forget_traits() -> Iterator[None]:
    appraise._traits.clear()  # of another database of this process
    yield
    appraise._traits.clear()


def bring_prices(runtime: Runtime, cents: int) -> None:
    """Prices of all hulls come late, or again, and what lacks values gets them."""
    hulls = [hull for (hull,) in rows(runtime, "SELECT DISTINCT ship_type_id FROM core.kill_victims")]
    with runtime.engine.begin() as connection:
        store_prices(connection, DayPrices(date(2021, 11, 29), "everef", dict.fromkeys(hulls, cents)))
    fill_values(runtime)


def wrong(runtime: Runtime) -> set[int]:
    """Killmails of which the junctions are not what core says of them."""
    with runtime.engine.begin() as connection:
        return junctions.differing(connection, *junctions.ALL_KILLS.values())


_bodies = st.lists(
    killmails(st.sampled_from(IDS)), min_size=2, max_size=6, unique_by=lambda body: repr(sorted(body.items(), key=repr))
)
_steps = st.one_of(
    st.tuples(st.just("bodies"), st.lists(st.integers(0, 5), min_size=1, max_size=3), st.none() | zkb_blocks),
    st.tuples(st.just("zkb"), st.integers(0, 5), zkb_blocks),
    st.tuples(st.just("prices"), st.integers(1, 2**40)),
)


class History:
    """What comes to one warehouse, one step after the other."""

    def __init__(self, runtime: Runtime, bodies: list[Json]) -> None:
        self.runtime = runtime
        self.bodies = bodies
        self.latest: dict[int, Json] = {}

    def do(self, step: tuple[Any, ...]) -> None:
        getattr(self, "do_" + step[0])(*step[1:])

    def do_bodies(self, numbers: list[int], zkb: Json | None) -> None:
        chosen = {one["killmail_id"]: one for number in numbers for one in self.bodies[number : number + 1]}
        if chosen:  # what brings nothing makes no batch
            load_anew(self.runtime, list(chosen.values()), zkb)
        self.latest |= chosen

    def do_zkb(self, number: int, zkb: Json) -> None:
        for body in self.bodies[number : number + 1]:
            if body["killmail_id"] in self.latest:
                stage(self.runtime, [ref(self.latest[body["killmail_id"]], zkb)])
                load_past_gate(self.runtime)

    def do_prices(self, cents: int) -> None:
        bring_prices(self.runtime, cents)


@settings(REPEATABLE, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=_bodies,
    steps=st.lists(_steps, max_size=8),
    broken=st.none() | st.tuples(st.integers(0, 7), st.integers(0, 60), st.sampled_from(["dropped", "raised"])),
)
def test_the_junctions_are_those_of_core_after_every_step_and_crash(
    runtime: Runtime, bodies: list[Json], steps: list[tuple[Any, ...]], broken: tuple[int, int, str] | None
) -> None:
    empty_warehouse(runtime)
    for table in ("reference.market_prices", "reference.price_days", "quality.value_spread"):
        run(runtime, f"DELETE FROM {table}")
    load_types(runtime.engine, generated_types())
    history = History(runtime, bodies)
    for place, step in enumerate(steps):
        if broken is not None and broken[0] == place:
            with interruption(runtime.engine, *broken[1:]):
                history.do(step)
            assert wrong(runtime) == set(), "after a crash"
        history.do(step)
        assert wrong(runtime) == set(), step
    figures = ("total_value", "points", "solo")
    kept = rows(runtime, f"SELECT killmail_id, {', '.join(figures)} FROM core.kills_fact")
    expected = oracle.expected((body, oracle.killmail_hash_of(body), None, FEED) for body in history.latest.values())
    for killmail_id, *found in kept:
        expected["kills_fact"][killmail_id,] |= dict(zip(figures, found, strict=True))
    involved = {table: expected[table] for table in ("kills_fact", *(f"kill_{one}" for one in JUNCTIONS.values()))}
    others = {f"kills_fact.{name}" for name in oracle.TABLES["kills_fact"].columns} - {
        f"kills_fact.{x}" for x in figures
    }
    with runtime.engine.connect() as connection:
        assert oracle.differences(involved, connection.connection.dbapi_connection, ignore=others) == []


def test_npcs_stand_there_by_themselves_and_attack_for_nobody(runtime: Runtime) -> None:
    police = {"corporation_id": 1_000_125, "alliance_id": None}
    body = kill(
        1,
        victim=victim(character_id=3_000_001, corporation_id=1_000_125, alliance_id=None),
        attackers=[
            attacker(3_000_002, **police, damage_done=1, ship_type_id=11),
            attacker(3_000_002, damage_done=2, ship_type_id=22),
            attacker(3_000_003, **police, damage_done=4),
            attacker(95_000_004, **police, damage_done=8, final_blow=True),
            attacker(0, damage_done=2**63 - 1),
            attacker(0, damage_done=16),
        ],
    )
    load_anew(runtime, [body])
    columns = "role, also_attacked, final_blow, pilots, damage_done, damage_taken, players, attacker_count"
    most = 2**63 - 1
    assert rows(
        runtime, f"SELECT character_id, corporation_id, ship_type_id, {columns} FROM core.kill_characters ORDER BY 1"
    ) == [
        (3_000_001, 1_000_125, None, "victim", False, False, 0, 0, 7, 4, 6),
        (3_000_002, 98_000_002, 22, "attacker", False, False, 1, 2, None, 4, 6),
        (3_000_003, 1_000_125, 587, "attacker", False, False, 0, 4, None, 4, 6),
        (95_000_004, 1_000_125, 587, "attacker", False, True, 1, 8, None, 4, 6),
    ]
    assert rows(runtime, f"SELECT corporation_id, {columns} FROM core.kill_corporations ORDER BY 1") == [
        (1_000_125, "victim", True, True, 1, 8, 7, 4, 6),
        (98_000_002, "attacker", False, False, 1, most, None, 4, 6),
    ]
    assert rows(runtime, "SELECT * FROM core.kill_alliances") == []
    assert wrong(runtime) == set()


def test_a_killmail_that_comes_again_changes_nothing_and_damage_is_mended(runtime: Runtime) -> None:
    bodies = [kill(number) for number in (1, 2, 3)]
    load_anew(runtime, bodies)
    before = row_versions(runtime)
    load_anew(runtime, bodies)
    assert row_versions(runtime) == before

    run(runtime, "UPDATE core.kill_alliances SET players = 9 WHERE killmail_id = 2")
    assert wrong(runtime) == {2}
    load_anew(runtime, bodies)
    assert wrong(runtime) == set()
    after = row_versions(runtime)
    assert {row for row in before if row[0] == "kills_fact"} - set(after)
    assert len(set(before) - set(after)) == sum(
        rows(runtime, f"SELECT count(*) FROM core.{table} WHERE killmail_id = 2")[0][0]
        for table in oracle.TABLES
        if oracle.TABLES[table].key[0] == "killmail_id"
    )


def test_a_killmail_that_is_replaced_takes_nobody_along(runtime: Runtime) -> None:
    load_anew(runtime, [kill(1), kill(2)])
    other = kill(
        1, attackers=[attacker(95_000_009, final_blow=True, corporation_id=98_000_009, alliance_id=99_000_009)]
    )
    load_anew(runtime, [other])
    assert (
        differences(runtime, oracle.expected((b, oracle.killmail_hash_of(b), None, FEED) for b in (other, kill(2))))
        == []
    )


def test_one_more_point_rewrites_the_rows_of_its_killmail_alone(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number), {"points": 1}) for number in (1, 2)])
    load_past_gate(runtime)
    before = set(row_versions(runtime))
    stage(runtime, [ref(kill(1), {"points": 2}), ref(kill(2), {"points": 1, "locationID": 7})])
    load_past_gate(runtime)
    changed = {row[0] for row in set(row_versions(runtime)) - before}
    assert changed == {"kills_fact", *(f"kill_{entities}" for entities in JUNCTIONS.values())}
    assert rows(runtime, "SELECT killmail_id, points FROM core.kill_alliances ORDER BY 1") == [(1, 2), (2, 1)]
    both = "SELECT count(DISTINCT xmin::text) FROM core.kill_characters"
    assert rows(runtime, both) == [(2,)]


def test_the_sample_is_bounded_and_leaves_no_killmail_out_for_good(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.watch.junctions.RANGES", 150)
    monkeypatch.setattr("killmart.watch.junctions.KILLS", 3)
    many = [kill(number, killmail_time=f"2021-11-{number:02}T12:00:00Z") for number in range(1, 13)]
    load_anew(runtime, [*many, kill(2**63 - 1, killmail_time="2021-11-13T12:00:00Z")])
    seen: list[tuple[int, int]] = []
    compare = junctions.differing

    def watched(connection: Any, lowest: int, highest: int) -> set[int]:
        seen.append((lowest, highest))
        return compare(connection, lowest, highest)

    monkeypatch.setattr(junctions, "differing", watched)
    check_junctions(runtime, datetime.now(UTC))
    assert len(seen) == 150
    assert all(high - low <= 2 or high == 2**63 - 1 for low, high in seen)
    assert {number for low, high in seen for number in range(1, 13) if low <= number <= high} == {*range(1, 13)}
    assert any(high == 2**63 - 1 for _, high in seen)
    assert rows(runtime, "SELECT differing FROM quality.junction_checks") == [([],)]


def test_the_sample_is_even_though_core_has_few_of_many_years(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.watch.junctions.RANGES", 80)
    monkeypatch.setattr("killmart.watch.junctions.KILLS", 2)
    days = [date(2008, 1, 1), date(2015, 6, 30), date(2021, 11, 29)]
    bodies = [
        kill(24 * place + hour, killmail_time=f"{day}T{hour:02}:30:00Z")
        for place, day in enumerate(days, 1)
        for hour in range(24)
    ]
    load_anew(runtime, bodies)
    covered = "INSERT INTO quality.day_coverage SELECT :day, 24, 24, 0, '{}', '{list}', now()"
    run(runtime, covered, day=days[0])
    run(runtime, covered, day=days[2])
    run(runtime, covered.replace("24, 24", "24, 0"), day=date(2010, 1, 1))  # which no source has
    load_types(runtime.engine, generated_types())
    fill_values(runtime)  # which looks at the other day, too
    begun: list[int] = []
    monkeypatch.setattr(junctions, "differing", lambda _connection, lowest, _highest: begun.append(lowest) or set())
    check_junctions(runtime, datetime.now(UTC))
    assert len(begun) == 80
    assert len(set(begun)) > 20  # of 72; some two of 80 would be in another place than at the ends of days
    assert all(sum(24 * place <= one < 24 * (place + 1) for one in begun) > 3 for place in (1, 2, 3))


def test_only_what_is_listed_can_be_put_into_a_template() -> None:
    assert entity_names("SELECT any_entity_id FROM core.kill_any_entities", "alliance") == (
        "SELECT alliance_id FROM core.kill_alliances"
    )
    assert core_names("FROM candidate.kills_fact_batch AS candidate") == "FROM core.kills_fact AS candidate"
    with pytest.raises(KeyError):
        entity_names("", "pilots; DROP TABLE core.kills_fact")
