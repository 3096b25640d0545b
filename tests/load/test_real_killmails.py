"""Real killmails through the whole path: core equals what the independent oracle derives from the JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import text

from killmart.db import staging
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.load.live import load
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import running
from killmart_demo.config import SimulatorConfig
from support import oracle, realdata
from support.making import MakeRuntime

ADDED_BY_EVEREF = ("killmail_hash", "http_last_modified")


def expected(kills: Iterable[realdata.RealKill], source: str) -> oracle.Tables:
    """The oracle's rows for kills that came without a zkb block."""
    return oracle.expected(
        (
            {name: value for name, value in kill.body.items() if name not in ADDED_BY_EVEREF},
            kill.body["killmail_hash"],
            None,
            source,
        )
        for kill in kills
    )


def stage_bodies(runtime: Runtime, kills: list[realdata.RealKill], source: str) -> None:
    """Put kills into staging with their bodies, as a feed that embeds them does."""
    refs = [Ref(kill.body["killmail_id"], kill.body["killmail_hash"], None, kill.text) for kill in kills]
    with runtime.engine.begin() as connection:
        staging.stage(connection, source, refs)


def core_differences(runtime: Runtime, rows: oracle.Tables) -> list[str]:
    with runtime.engine.connect() as connection:
        return oracle.differences(rows, connection.connection.dbapi_connection)


def fingerprint(runtime: Runtime) -> list[tuple[object, ...]]:
    """Which row versions core holds: any write, even of the same values, changes it."""
    tables = [*oracle.TABLES]
    with runtime.engine.connect() as connection:
        return [
            tuple(
                connection.execute(
                    text(f"SELECT count(*), sum(xmin::text::bigint), max(xmin::text) FROM core.{t}")
                ).one()
            )
            for t in tables
        ]


@realdata.needs_days
@pytest.mark.parametrize("day", realdata.DAYS)
def test_a_real_day_is_loaded_cell_for_cell_and_a_second_load_changes_nothing(runtime: Runtime, day: str) -> None:
    kills = list(realdata.day_archive(day))
    stage_bodies(runtime, kills, "everef")
    loaded = load(runtime)
    assert (loaded.inserted, loaded.quarantined, loaded.blocked) == (len(kills), 0, [])
    assert core_differences(runtime, expected(kills, "everef")) == []

    before = fingerprint(runtime)
    stage_bodies(runtime, kills, "everef")
    with runtime.engine.begin() as connection:  # even when staging has forgotten that they were promoted
        connection.execute(text("UPDATE staging.killmails SET state = 'fetched'"))
    again = load(runtime)
    assert (again.inserted, again.changed, again.known) == (0, 0, len(kills))
    assert fingerprint(runtime) == before


@realdata.needs_realdata
def test_all_439_real_killmails_come_through_feed_and_esi_cell_for_cell(
    make_runtime: MakeRuntime, tmp_path: Path
) -> None:
    files = tuple(sorted(realdata.DATA.glob("killmails/*.jsonl.gz")))
    with running(SimulatorConfig(bodies=files)) as simulator:
        runtime = make_runtime(redisq=f"{simulator.url}/redisq", esi=f"{simulator.url}/esi")
        drained = drain(runtime)
        fetched = fetch(runtime)
        loaded = load(runtime)
    assert (drained.refs, drained.with_body, drained.is_dry) == (439, 2, True)
    assert (fetched.fetched, fetched.waiting) == (437, 0)
    assert (loaded.inserted, loaded.quarantined, loaded.blocked) == (439, 0, [])
    with runtime.engine.connect() as connection:
        blocks = dict(connection.execute(text("SELECT killmail_id, zkb::text FROM staging.killmails")).all())
    kills = [*realdata.edge_cases(), *realdata.corpus(), *realdata.ccp_verified()]
    rows = oracle.expected(
        (
            {name: value for name, value in kill.body.items() if name not in ADDED_BY_EVEREF},
            kill.body["killmail_hash"],
            json.loads(blocks[kill.body["killmail_id"]], parse_float=oracle.Decimal),
            "redisq",
        )
        for kill in kills
    )
    assert core_differences(runtime, rows) == []
    verified = [key for key, row in rows["kills_fact"].items() if row["killmail_hash"] == "CCP VERIFIED"]
    assert len(verified) == 2
