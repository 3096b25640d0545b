"""What the tests of the gate share: a good batch of real killmails, copies of it, and its report."""

from __future__ import annotations

from importlib import import_module
from itertools import islice

from sqlalchemy import text

from killmart.config.sqlfiles import CANDIDATE_TABLES
from killmart.db import batches
from killmart.db.candidate import create_candidate
from killmart.db.catalog import loaded_columns
from killmart.model.ref import Arrival
from killmart.quality.check import TABLES, Check, GateReport
from killmart.quality.gate import validate_batch
from killmart.runtime import Runtime
from support import realdata
from support.pipeline import build_batch, rows, run

DAY = "2021-11-29"
KILLS = 250


def all_checks() -> list[Check]:
    """Every check that the gate runs."""
    return [check for table in TABLES for check in import_module(f"killmart.quality.suites.{table}").CHECKS]


def judged(runtime: Runtime, batch_id: int) -> GateReport:
    """The gate's report on a batch as it is."""
    return validate_batch(runtime.engine.url.render_as_string(hide_password=False), batch_id)


def adds_up(kill: realdata.RealKill) -> bool:
    """Whether the attackers' damage is the victim's, which is not so of all real killmails."""
    return sum(one["damage_done"] for one in kill.body["attackers"]) == kill.body["victim"]["damage_taken"]


def build_real(runtime: Runtime, kills: list[realdata.RealKill], source: str, days: list[str]) -> int:
    """Build a batch of real killmails, with made-up values, as from `source`; returns its number."""
    zkb = b'{"totalValue": 100.4, "droppedValue": 60.2, "destroyedValue": 40.2, "fittedValue": 100.4}'
    arrivals = [
        Arrival(kill.body["killmail_id"], kill.body["killmail_hash"], kill.text, zkb, source, known=False)
        for kill in kills
    ]
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, "test", source, None, None)
        connection.execute(
            text("UPDATE staging.batches SET days = cast(:days AS date[]) WHERE batch_id = :batch_id"),
            {"days": days, "batch_id": batch_id},
        )
        build_batch(connection, batch_id, [arrivals])
    return batch_id


def build_good_batch(runtime: Runtime) -> int:
    """A batch that meets every check, none of which is silent: static data and a past to compare with are there."""
    kills = list(islice(filter(adds_up, realdata.day_archive(DAY)), KILLS))
    batch_id = build_real(runtime, kills, "everef", [DAY])
    run(
        runtime,
        "INSERT INTO reference.solar_systems (system_id, name) SELECT DISTINCT system_id, 'a system'"
        f" FROM candidate.kills_fact_{batch_id} UNION SELECT 1, 'not a system, but known'",
    )
    run(
        runtime,
        "INSERT INTO reference.types (type_id, name, group_id) SELECT DISTINCT type_id, 'a type', 1 FROM ("
        f" SELECT ship_type_id FROM candidate.kill_victims_{batch_id}"
        f" UNION SELECT unnest(ARRAY[ship_type_id, weapon_type_id]) FROM candidate.kill_attackers_{batch_id}"
        f" UNION SELECT type_id FROM candidate.kill_items_{batch_id} UNION SELECT 0) AS types (type_id)"
        " WHERE type_id IS NOT NULL",
    )
    run(
        runtime,
        "INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)"
        f" SELECT date '{DAY}' - 7 * week, {KILLS}, {KILLS}, 0, '{{}}', '{{list}}', now()"
        " FROM generate_series(1, 4) AS week",
    )
    return batch_id


def copied(runtime: Runtime, batch_id: int, number: int) -> int:
    """A copy of a batch under a number of its own, without keys."""
    row = (
        "INSERT INTO staging.batches (batch_id, owner, source, claimed, candidates, days) OVERRIDING SYSTEM VALUE"
        " SELECT :number, owner, source, claimed, candidates, days FROM staging.batches WHERE batch_id = :batch_id"
    )
    with runtime.engine.begin() as connection:
        connection.execute(text(row), {"number": number, "batch_id": batch_id})
        create_candidate(connection, number)
        for table, (columns, _) in loaded_columns(connection, CANDIDATE_TABLES).items():
            names = ", ".join(columns)
            copy = f"INSERT INTO candidate.{table}_{number} ({names}) SELECT {names} FROM candidate.{table}_{batch_id}"
            connection.execute(text(copy))
    return number


def find_kill(runtime: Runtime, batch_id: int) -> int:
    """A killmail that `mutations` can be done to."""
    [(found,)] = rows(
        runtime,
        f"SELECT min(killmail_id) FROM candidate.kills_fact_{batch_id} AS kills"
        f" JOIN candidate.kill_victims_{batch_id} AS victims USING (killmail_id) WHERE attacker_count BETWEEN 3 AND 9"
        " AND victims.character_id IS NOT NULL AND victims.alliance_id IS NOT NULL AND victims.damage_taken > 0"
        " AND (SELECT count(DISTINCT character_id) = count(*) AND bool_and(alliance_id IS NOT NULL)"
        f" FROM candidate.kill_attackers_{batch_id} AS attackers WHERE attackers.killmail_id = kills.killmail_id)"
        " AND (SELECT count(*) FILTER (WHERE quantity_dropped > 0) > 2 AND"
        f" count(*) FILTER (WHERE quantity_destroyed > 0) > 2 FROM candidate.kill_items_{batch_id} AS items"
        " WHERE items.killmail_id = kills.killmail_id)",
    )
    assert found is not None
    return int(found)
