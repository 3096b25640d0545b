"""What is near, and what belongs together in space and time, equals what Python finds by looking at every kill."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from killmart.runtime import Runtime
from support import realdata
from support.pipeline import attacker, kill, load_past_gate, ref, rows, stage
from support.real_day import DAY, bodies

Json = realdata.Json
START = datetime.fromisoformat(f"{DAY}T00:00:00Z")


@pytest.fixture(scope="module")
def systems() -> dict[int, list[Json]]:
    """The kills of the real day by system, most first."""
    found: dict[int, list[Json]] = defaultdict(list)
    for body in bodies():
        found[body["solar_system_id"]].append(body)
    return dict(sorted(found.items(), key=lambda one: -len(one[1])))


def query(engine: Engine, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def place(body: Json) -> tuple[float, float, float]:
    position = body["victim"]["position"]
    return position["x"], position["y"], position["z"]


def questions(systems: dict[int, list[Json]]) -> Iterator[tuple[int, tuple[float, float, float]]]:
    """Points at kills of some systems, a little beside them, and far from everything."""
    for system in list(systems)[:200:20]:
        for body in systems[system][:: max(1, len(systems[system]) // 4)]:
            x, y, z = place(body)
            yield system, (x, y, z)
            yield system, (x + 40_000, y - 3_000, z + 1_000)
            yield system, (x + 3e11, y - 1e10, z * -1)


def by_distance(kills: list[Json], point: tuple[float, float, float]) -> list[tuple[float, int]]:
    return sorted((math.dist(place(body), point), body["killmail_id"]) for body in kills)


@realdata.needs_realdata
@pytest.mark.parametrize("how_many", [1, 10, 100_000])
def test_the_nearest_kills_are_found_whatever_the_point(
    day_engine: Engine, systems: dict[int, list[Json]], how_many: int
) -> None:
    for system, point in questions(systems):
        expected = [distance for distance, _ in by_distance(systems[system], point)[:how_many]]
        found = query(
            day_engine,
            "SELECT distance_m FROM core.nearest_kills(:system, :x, :y, :z, :n)",
            **{"system": system, "n": how_many} | dict(zip("xyz", point, strict=True)),
        )
        assert [row[0] for row in found] == pytest.approx(expected, rel=1e-6, abs=0.01)


@realdata.needs_realdata
@pytest.mark.parametrize("radius", [1_000, 250_000, 1e12])
def test_kills_within_a_radius_and_a_time_range_are_all_found(
    day_engine: Engine, systems: dict[int, list[Json]], radius: float
) -> None:
    until = START + timedelta(hours=12)
    for system, point in questions(systems):
        kills = [one for one in systems[system] if datetime.fromisoformat(one["killmail_time"]) < until]
        expected = {killmail_id for distance, killmail_id in by_distance(kills, point) if distance <= radius}
        found = query(
            day_engine,
            "SELECT killmail_id FROM core.kills_within(:system, :x, :y, :z, :radius, until => :until)",
            **{"system": system, "radius": radius, "until": until} | dict(zip("xyz", point, strict=True)),
        )
        assert {row[0] for row in found} == expected


@realdata.needs_realdata
def test_the_index_on_positions_serves_them(day_engine: Engine, systems: dict[int, list[Json]]) -> None:
    (system, kills), *_ = systems.items()
    x, y, z = place(kills[0])
    plan = query(day_engine, f"EXPLAIN SELECT * FROM core.kills_within({system}, {x}, {y}, {z}, 100000)")
    assert any("kills_fact_system_id_position_x" in line for (line,) in plan)


def parted(kills: list[Json], value: Callable[[Json], float], gap: float) -> Iterator[list[Json]]:
    """Kills in order of a value, parted wherever two neighbours are farther apart than the gap."""
    part: list[Json] = []
    for body in sorted(kills, key=lambda one: (value(one), one["killmail_id"])):
        if part and value(body) - value(part[-1]) > gap:
            yield part
            part = []
        part.append(body)
    yield part


def seconds(body: Json) -> float:
    return datetime.fromisoformat(body["killmail_time"]).timestamp()


def clusters(kills: list[Json]) -> Iterator[frozenset[int]]:
    """The clusters of a system's kills by the rule of core.clustered_kills."""
    for slab in parted(kills, lambda one: place(one)[0], 1e6):
        for bar in parted(slab, lambda one: place(one)[1], 1e6):
            for spot in parted(bar, lambda one: place(one)[2], 1e6):
                for burst in parted(spot, seconds, 900):
                    yield frozenset(one["killmail_id"] for one in burst)


@realdata.needs_realdata
def test_clusters_of_a_real_day_are_those_of_the_rule(day_engine: Engine, systems: dict[int, list[Json]]) -> None:
    expected = {cluster for kills in systems.values() for cluster in clusters(kills)}
    day = {"since": START, "until": START + timedelta(days=1)}
    found = defaultdict(set)
    for killmail_id, cluster_id in query(
        day_engine, "SELECT killmail_id, cluster_id FROM core.clustered_kills(:since, :until)", **day
    ):
        found[cluster_id].add(killmail_id)
    assert {frozenset(one) for one in found.values()} == expected
    assert all(cluster_id == min(one) for cluster_id, one in found.items())

    large = query(
        day_engine,
        "SELECT kind, kills, killmail_ids, first_kill, last_kill FROM core.kill_clusters(:since, :until)",
        **day,
    )
    assert {frozenset(row[2]) for row in large} == {one for one in expected if len(one) >= 3}
    assert all(row[1] == len(row[2]) and row[3] <= row[4] for row in large)
    assert {row[0] for row in large} == {"fight", "camp", "other"}


@realdata.needs_realdata
def test_activity_of_systems_and_regions_adds_up(day_engine: Engine, systems: dict[int, list[Json]]) -> None:
    hours = {"since": START + timedelta(hours=3), "until": START + timedelta(hours=5)}
    inside = {
        system: sum(hours["since"] <= datetime.fromisoformat(one["killmail_time"]) < hours["until"] for one in kills)
        for system, kills in systems.items()
    }
    found = query(day_engine, "SELECT system_id, kills, name FROM core.system_activity(:since, :until)", **hours)
    assert {row[0]: row[1] for row in found} == {system: count for system, count in inside.items() if count}
    assert all(row[2] for row in found)
    regions = query(day_engine, "SELECT systems, kills FROM core.region_activity(:since, :until)", **hours)
    assert sum(row[0] for row in regions) == len(found)
    assert sum(row[1] for row in regions) == sum(inside.values())


def at(killmail_id: int, minute: int, x: float | None, **changes: Any) -> Json:
    """A kill of some minute at a place along x; None is nowhere."""
    position = {} if x is None else {"position": {"x": x, "y": 0.0, "z": 0.0}}
    time = datetime(2021, 11, 29, 12, tzinfo=UTC) + timedelta(minutes=minute)
    body = kill(killmail_id, killmail_time=time.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes)
    return body | {"victim": {**body["victim"], **position}}


def kinds(runtime: Runtime, *bodies: Json) -> list[tuple[str, list[int]]]:
    stage(runtime, [ref(body) for body in bodies])
    load_past_gate(runtime)
    return rows(
        runtime,
        "SELECT kind, killmail_ids FROM core.kill_clusters('2021-11-29', '2021-11-30', least_kills => 1)"
        " ORDER BY cluster_id",
    )


def test_places_and_pauses_part_clusters(runtime: Runtime) -> None:
    found = kinds(
        runtime,
        *(at(1, 0, 0.0), at(2, 14, 900_000.0), at(3, 28, 1_800_000.0)),  # chained: none is far from the next
        *(at(4, 5, 1e9), at(5, 21, 1e9)),  # another place, and there too long a pause
        *(at(6, 0, None), at(7, 10, None)),  # nowhere
    )
    assert [ids for _, ids in found] == [[1, 2, 3], [4], [5], [6, 7]]


def test_a_fight_has_losses_on_the_side_of_killers_and_a_camp_has_none(runtime: Runtime) -> None:
    rats = [
        {"damage_done": 1, "final_blow": True, "security_status": 0, "corporation_id": 1_000_125, "ship_type_id": 587}
    ]
    revenge = at(
        11, 3, 0.0, attackers=[attacker(9, corporation_id=98_000_001, alliance_id=99_000_001, final_blow=True)]
    )
    revenge["victim"] |= {"corporation_id": 98_000_002}
    del revenge["victim"]["alliance_id"]
    found = kinds(runtime, at(1, 0, 1e9), at(2, 3, 1e9), at(10, 0, 0.0), revenge, at(20, 0, -1e9, attackers=rats))
    assert found == [("camp", [1, 2]), ("fight", [10, 11]), ("other", [20])]
