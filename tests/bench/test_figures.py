"""What the figures of the benchmarks rest on: the yardstick, the questions about an entity, live batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from bench import at_size, filled
from bench.bytes_per_kill import _bytes
from bench.figures import ratio
from bench.loading import load, real_day
from bench.yardstick import ABSENT, yardstick
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart.web.api.app import API
from support import realdata
from support.asking import addresses
from support.pipeline import rows
from support.plans import fits
from support.serving import behind_the_door

KILLS = 300


@pytest.fixture
def loaded(runtime: Runtime) -> Runtime:
    """A runtime on a warehouse with some of a real day, the mart included."""
    load(runtime.engine, real_day(realdata.DAYS[0], KILLS))
    refresh_marts(runtime)
    return runtime


def test_a_ratio_is_told_pair_by_pair() -> None:
    pairs = [({"load": 1.0, "marts": 1.0}, 1.0), ({"load": 6.0, "marts": 2.0}, 2.0), ({"load": 2.0, "marts": 1.0}, 1.0)]
    assert ratio("it", "<= 3", pairs, "copy") == {
        "figure": "it",
        "goal": "<= 3",
        "median": 3.0,
        "min": 2.0,
        "max": 4.0,
        "rounds": 3,
        "load_s": 2.0,
        "marts_s": 1.0,
        "copy_s": 1.0,
    }


@realdata.needs_realdata
@pytest.mark.skipif(bool(ABSENT), reason=ABSENT or "is here")
def test_the_yardstick_takes_every_row_of_the_five_tables_and_goes_again(loaded: Runtime, tmp_path: Path) -> None:
    tables = ("kills_fact", "kill_victims", "kill_attackers", "kill_characters", "kill_items")
    with yardstick(loaded.engine, tmp_path) as copy:
        for _ in range(2):
            assert copy.seconds() > 0
            for table in tables:
                counted = f"SELECT (SELECT count(*) FROM core.{table}), (SELECT count(*) FROM yardstick.{table})"
                [(ours, theirs)] = rows(loaded, counted)
                assert ours == theirs > 0, table
        differing = "SELECT killmail_id, total_value, items::text FROM {}.kills_fact"
        both = f"{differing.format('core')} EXCEPT {differing.format('yardstick')}"
        assert rows(loaded, f"SELECT count(*) FROM ({both}) AS odd") == [(0,)]
    assert rows(loaded, "SELECT to_regnamespace('yardstick') IS NULL") == [(True,)]


def test_every_page_and_route_about_an_entity_is_asked(runtime: Runtime) -> None:
    inside, mount = behind_the_door(runtime)
    pages = {route.path for route in inside.routes if "{entity_id}" in getattr(route, "path", "")}
    of_api = {
        f"{API}{route.path}"
        for route in mount.app.routes
        if isinstance(route, APIRoute)
        and any(one.alias == "entity_id" for one in (*route.dependant.query_params, *route.dependant.path_params))
    }
    assert pages
    assert of_api
    asked = [address.partition("?")[0] for address in addresses("alliance", 1)]
    for path in pages | of_api:
        pattern = path.replace("{kind}", "*").replace("{entity_kind}", "*").replace("{entity_id}", "*")
        assert any(fits(address, pattern) for address in asked), path


@realdata.needs_realdata
def test_a_live_batch_is_shown_and_goes_again(loaded: Runtime) -> None:
    with loaded.engine.connect() as connection:
        made = filled._describe(connection, "")
    assert dataclasses.replace(made, first_id=0, last_id=0, made_on="") == filled.Filled(
        KILLS, realdata.DAYS[0], realdata.DAYS[0], 0, 0, "", ""
    )
    before = state(loaded)
    figure = at_size._live_batch(loaded, made, rounds=1)
    assert (figure["rounds"], figure["kills"], figure["counted"]) == (1, at_size.LIVE_KILLS, KILLS)
    assert rows(loaded, "SELECT count(*) FROM core.kills_fact") == [(KILLS + 2 * at_size.LIVE_KILLS,)]
    at_size._forget_live(loaded, made)
    assert state(loaded) == before


def state(runtime: Runtime) -> list[list[tuple[object, ...]]]:
    """What core and mart say of killmails."""
    return [
        rows(runtime, query)
        for query in (
            "SELECT killmail_id, total_value FROM core.kills_fact ORDER BY 1",
            "SELECT killmail_id, attacker_index, character_id FROM core.kill_attackers ORDER BY 1, 2",
            "SELECT killmail_id, character_id FROM core.kill_characters ORDER BY 1, 2",
            "SELECT entity_kind, entity_id, day, kills, losses FROM mart.activity_daily ORDER BY 1, 2, 3",
        )
    ]


@realdata.needs_realdata
def test_bytes_are_those_of_core_and_mart(loaded: Runtime) -> None:
    found = _bytes(loaded.engine, KILLS)
    assert found.keys() == {"core", "mart"}
    load(loaded.engine, real_day(realdata.DAYS[1], 4 * KILLS))
    later = _bytes(loaded.engine, KILLS)
    assert later["core"] > 2 * found["core"] > 0
    assert 2 * found["mart"] > later["mart"] > 0  # not refreshed yet
