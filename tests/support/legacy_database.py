"""Databases of the older service for tests, by hand: as its migrations made them and as its documents have them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, text

from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart_stack.postgres import EmbeddedPostgres

Json = dict[str, Any]

SECRET = "s3cret-Passw0rd"

MIGRATED = """
CREATE TABLE "KillFact" (
    "killmail_id" BIGINT PRIMARY KEY, "character_id" BIGINT, "kill_time" TIMESTAMP(3) NOT NULL, "npc" BOOLEAN NOT NULL,
    "solo" BOOLEAN NOT NULL, "awox" BOOLEAN NOT NULL, "ship_type_id" INTEGER NOT NULL, "system_id" INTEGER NOT NULL,
    "labels" TEXT[], "total_value" BIGINT NOT NULL, "points" INTEGER NOT NULL);
CREATE TABLE "LossFact" (
    "killmail_id" BIGINT PRIMARY KEY, "character_id" BIGINT NOT NULL, "kill_time" TIMESTAMP(3) NOT NULL,
    "ship_type_id" INTEGER NOT NULL, "system_id" INTEGER NOT NULL, "total_value" BIGINT NOT NULL,
    "attacker_count" INTEGER NOT NULL, "labels" TEXT[]);
CREATE TABLE "KillAttacker" (
    "id" SERIAL PRIMARY KEY, "killmail_id" BIGINT NOT NULL, "character_id" BIGINT, "corporation_id" BIGINT,
    "alliance_id" BIGINT, "damage_done" INTEGER NOT NULL, "final_blow" BOOLEAN NOT NULL,
    "security_status" DOUBLE PRECISION, "ship_type_id" INTEGER, "weapon_type_id" INTEGER);
CREATE TABLE "KillVictim" (
    "id" SERIAL PRIMARY KEY, "killmail_id" BIGINT NOT NULL, "character_id" BIGINT, "corporation_id" BIGINT,
    "alliance_id" BIGINT, "ship_type_id" INTEGER NOT NULL, "damage_taken" INTEGER NOT NULL);
CREATE TABLE "kill_characters" (
    "killmail_id" BIGINT NOT NULL, "character_id" BIGINT NOT NULL, "role" TEXT NOT NULL,
    PRIMARY KEY ("killmail_id", "character_id"));
CREATE INDEX ON "KillAttacker" ("killmail_id");
CREATE TABLE "characters" ("eve_id" BIGINT PRIMARY KEY, "name" TEXT NOT NULL);
"""
"""The tables as the service's own migrations make them: no hash, so it has to be worked out."""

DOCUMENTED = """
CREATE TABLE kills_fact (
    "killmailId" TEXT, "hash" TEXT, "killTime" TEXT, "systemId" INTEGER, "shipTypeId" INTEGER, "totalValue" TEXT,
    "points" DOUBLE PRECISION, "npc" TEXT, "solo" TEXT, "awox" TEXT, "labels" JSONB, "position" JSONB, "items" JSONB);
CREATE TABLE losses_fact (
    "killmailId" BIGINT, "characterId" BIGINT, "lossTime" TIMESTAMPTZ, "shipTypeId" INTEGER, "systemId" INTEGER,
    "totalValue" DOUBLE PRECISION, "attackerCount" INTEGER, "attackers" JSON);
CREATE TABLE kill_victims (
    "id" SERIAL, "killmailId" BIGINT, "characterId" BIGINT, "corporationId" INTEGER, "shipTypeId" INTEGER,
    "damageTaken" INTEGER);
CREATE TABLE kill_attackers (
    "id" SERIAL, "killmailId" BIGINT, "characterId" BIGINT, "corporationId" INTEGER, "damageDone" INTEGER,
    "finalBlow" BOOLEAN, "securityStatus" REAL, "shipTypeId" INTEGER, "weaponTypeId" INTEGER);
CREATE TABLE kill_characters ("killmailId" BIGINT, "characterId" BIGINT, "role" TEXT);
"""
"""The tables with camelCase columns, without keys, so that they hold whatever a test puts there."""

_numbers = itertools.count(1)


class OldService:
    """One old database: how to reach it, and ways to fill it."""

    def __init__(self, engine: Engine, dsn: str) -> None:
        self.engine = engine
        self.dsn = dsn

    def run(self, statement: str, rows: Iterable[Json] = ({},)) -> None:
        """Execute a statement once per row and commit."""
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(text(statement), row)

    def put(self, table: str, *rows: Json) -> None:
        """Insert rows into a table, each with the columns that it names."""
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":v{number}" for number in range(len(row)))
            self.run(f'INSERT INTO "{table}" ({names}) VALUES ({values})', [_numbered(row)])

    def checksum(self) -> list[tuple[Any, ...]]:
        """What the database holds, to see that nothing was written to it."""
        with self.engine.connect() as connection:
            kind = "relkind = 'r' AND relnamespace = 'public'::regnamespace"
            tables = connection.execute(text(f"SELECT oid::regclass::text FROM pg_class WHERE {kind}")).all()
            query = "SELECT count(*), sum(hashtext(t::text)) FROM {} AS t"
            return sorted((table, *connection.execute(text(query.format(table))).one()) for (table,) in tables)


def _numbered(row: Json) -> Json:
    return {f"v{number}": value for number, value in enumerate(row.values())}


@contextmanager
def old_service(postgres: EmbeddedPostgres, schema: str) -> Iterator[OldService]:
    """A database of its own with these tables, dropped in the end; its DSN is one that Prisma would take."""
    name = f"old_{next(_numbers)}"
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER killmart_owner"))
    where = postgres.connection(name)
    engine = build_engine(database_url(where))
    try:
        with engine.begin() as made:
            made.execute(text(schema))
        query = f"host={quote(where.host, safe='')}&port={where.port}&schema=public&connection_limit=5"
        yield OldService(engine, f"postgresql://{where.login}:{SECRET}@/{name}?{query}")
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def naive(body: Json) -> datetime:
    """The kill time as Prisma writes it: UTC, without saying so."""
    return datetime.fromisoformat(body["killmail_time"]).astimezone(UTC).replace(tzinfo=None)


def keep(old: OldService, body: Json, zkb: Json, *, less: Iterable[str] = (), **changes: Any) -> None:
    """Write a killmail into the migrated tables as the service did; `less` names tables that get no row of it."""
    killmail_id, victim = body["killmail_id"], body["victim"]
    fact: Json = {
        "killmail_id": killmail_id,
        "kill_time": naive(body),
        "npc": False,  # the service wrote these three so, whatever was true
        "solo": len(body["attackers"]) == 1,
        "awox": False,
        "ship_type_id": victim["ship_type_id"],
        "system_id": body["solar_system_id"],
        "labels": zkb.get("labels", []),
        "total_value": int(zkb.get("totalValue", 0) + 0.5),
        "points": zkb.get("points", 0),
    }
    tables: dict[str, list[Json]] = {
        "KillFact": [fact | changes],
        "KillVictim": [_party(killmail_id, victim, "damage_taken")],
        "KillAttacker": [
            _party(killmail_id, one, "damage_done") | {"final_blow": one["final_blow"]} for one in body["attackers"]
        ],
        "kill_characters": [
            {"killmail_id": killmail_id, "character_id": one, "role": role} for one, role in _characters(body).items()
        ],
    }
    for table, rows in tables.items():
        if table not in less:
            old.put(table, *rows)


def _party(killmail_id: int, party: Json, damage: str) -> Json:
    return {
        "killmail_id": killmail_id,
        "character_id": party.get("character_id"),
        "corporation_id": party.get("corporation_id"),
        "ship_type_id": party.get("ship_type_id"),
        damage: min(party[damage], 2**31 - 1),
    }


def _characters(body: Json) -> dict[int, str]:
    found = {one["character_id"]: "attacker" for one in body["attackers"] if one.get("character_id")}
    if body["victim"].get("character_id"):
        found[body["victim"]["character_id"]] = "victim"
    return found


def document(old: OldService, killmail_id: Any, **columns: Any) -> None:
    """Write one row into the documented `kills_fact`; lists and objects become JSON."""
    row = {"killmailId": killmail_id, **columns}
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(
        f"cast(:v{number} AS jsonb)" if name in ("labels", "position", "items") else f":v{number}"
        for number, name in enumerate(row)
    )
    packed = {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in row.items()}
    old.run(f"INSERT INTO kills_fact ({names}) VALUES ({values})", [_numbered(packed)])
