"""What tests of the pipeline share: small killmails, staging them, loading them with or without the gate."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from killmart.config.sqlfiles import ENTITIES, KILL_TABLES
from killmart.db import batches, staging
from killmart.db.validation import record_validation
from killmart.load.build import BatchBuilder, Built
from killmart.load.live import build_from_staging
from killmart.load.promote import promote
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from support import oracle
from support.databases import by_hand

Json = dict[str, Any]

FEED = "r2z2"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""When killmails of pure functions' tests are decoded."""


def kill(killmail_id: int, **changes: Any) -> Json:
    """A plain good killmail; keywords replace its fields."""
    body: Json = {
        "killmail_id": killmail_id,
        "killmail_time": "2021-11-29T12:34:56Z",
        "solar_system_id": 30_000_142,
        "victim": {
            "character_id": 95_000_001,
            "corporation_id": 98_000_001,
            "alliance_id": 99_000_001,
            "damage_taken": 7,
            "ship_type_id": 587,
            "items": [
                {"item_type_id": 3467, "flag": 5, "singleton": 0, "quantity_dropped": 1, "items": [stack(34)]},
                stack(35),
            ],
        },
        "attackers": [attacker(95_000_002, final_blow=True), attacker(95_000_003)],
    }
    return body | changes


def stack(type_id: int, **changes: Any) -> Json:
    """One stack of items."""
    return {"item_type_id": type_id, "flag": 5, "singleton": 0, "quantity_destroyed": 2, **changes}


def attacker(character_id: int, **changes: Any) -> Json:
    """One attacker, not the final one."""
    pilot = {"character_id": character_id, "corporation_id": 98_000_002, "ship_type_id": 587, "weapon_type_id": 2873}
    return pilot | {"damage_done": 3, "final_blow": False, "security_status": -0.5} | changes


def victim(**changes: Any) -> Json:
    """The victim of the plain killmail with changes."""
    return {**kill(1)["victim"], **changes}


def encoded(body: Json) -> bytes:
    """A body as it comes over the wire."""
    return json.dumps(body).encode()


def ref(body: Json, zkb: Json | None = None, /, **changes: Any) -> Ref:
    """The ref of a feed that embeds the body; keywords replace the ref's parts (killmail_hash, body)."""
    parts: Json = {
        "killmail_id": body["killmail_id"],
        "killmail_hash": oracle.killmail_hash_of(body),
        "zkb": None if zkb is None else json.dumps(zkb).encode(),
        "body": encoded(body),
    }
    return Ref(**(parts | changes))


def stage(runtime: Runtime, refs: Iterable[Ref], feed: str = FEED) -> int:
    """Put refs into staging as one step of a feed; returns how many were new."""
    with runtime.engine.begin() as connection:
        return staging.stage(connection, feed, list(refs))


def build(runtime: Runtime) -> Built:
    """Build a batch of what waits; something must."""
    built = build_from_staging(runtime)
    assert built is not None
    return built


def build_batch(connection: Connection, batch_id: int, chunks: Iterable[list[Arrival]]) -> Built:
    """Fill the candidate tables of an open batch, inside the caller's transaction."""
    builder = BatchBuilder(connection, batch_id)
    for chunk in chunks:
        builder.add(chunk)
    return builder.finish()


def give_verdict(runtime: Runtime, batch_id: int, outcome: str = "passed") -> None:
    """Record a verdict without the gate, where the gate is not what a test is about (it costs seconds)."""
    with runtime.engine.begin() as connection:
        record_validation(
            connection,
            batches.lock_batch(connection, batch_id),
            outcome=outcome,
            started_at=datetime.now(UTC),
            seconds=0.0,
            results=[],
            dag_id=None,
            dag_run_id=None,
        )


def load_past_gate(runtime: Runtime) -> list[Built]:
    """Load all that waits, each batch with a verdict that was not asked for."""
    done = []
    while (built := build_from_staging(runtime)) is not None:
        give_verdict(runtime, built.batch_id)
        promote(runtime, built.batch_id)
        done.append(built)
    return done


def load_anew(runtime: Runtime, bodies: list[Json], zkb: Json | None = None) -> None:
    """Load bodies as the mode `reload` does: as if core had none of them."""
    refs = [ref(body, zkb) for body in bodies]
    arrivals = [Arrival(one.killmail_id, one.killmail_hash, one.body, one.zkb, FEED, known=False) for one in refs]
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, "test", FEED, None, None)
        build_batch(connection, batch_id, [arrivals])
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)


def rows(runtime: Runtime, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """What a query returns, asked by the test's own hand."""
    with by_hand(runtime.engine).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), parameters)]


def run(runtime: Runtime, statement: str, **parameters: Any) -> None:
    """Execute one statement by the test's own hand and commit it."""
    with by_hand(runtime.engine).begin() as connection:
        connection.execute(text(statement), parameters)


def states(runtime: Runtime) -> dict[int, str]:
    """State of every killmail in staging."""
    return {row[0]: row[1] for row in rows(runtime, "SELECT killmail_id, state FROM staging.killmails")}


def quarantined(runtime: Runtime) -> dict[int, str]:
    """Reason of every open quarantine."""
    query = "SELECT killmail_id, reason FROM quality.quarantine WHERE resolved_at IS NULL"
    return {row[0]: row[1] for row in rows(runtime, query)}


def differences(runtime: Runtime, expected: oracle.Tables) -> list[str]:
    """How core differs from what the oracle expects."""
    with runtime.engine.connect() as connection:
        return oracle.differences(expected, connection.connection.dbapi_connection)


def row_versions(runtime: Runtime) -> list[tuple[Any, ...]]:
    """Which row versions core holds: any write, even of the same values, changes it."""
    return [
        (table, *row)
        for table in oracle.TABLES
        for row in rows(runtime, f"SELECT ctid::text, xmin::text FROM core.{table} ORDER BY 1")
    ]


def delete_kills(runtime: Runtime, ids: Collection[int] | None = None) -> None:
    """Take these killmails, or all, out of core."""
    for table in KILL_TABLES:
        some = "" if ids is None else " WHERE killmail_id = any(:ids)"
        run(runtime, f"DELETE FROM core.{table}{some}", **({} if ids is None else {"ids": list(ids)}))


def empty_warehouse(runtime: Runtime) -> None:
    """Take everything out of the warehouse; faster than a new database."""
    for (table,) in rows(runtime, "SELECT tablename FROM pg_tables WHERE schemaname = 'candidate'"):
        run(runtime, f"DROP TABLE candidate.{table}")
    delete_kills(runtime)
    for table in ENTITIES.values():
        run(runtime, f"DELETE FROM core.{table}")
    for table in ("quality.quarantine", "quality.validation_runs", "staging.killmails", "staging.batches"):
        run(runtime, f"DELETE FROM {table}")
