"""What tests of backups share: a warehouse with something of everything, and all that two warehouses may differ in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, text

from killmart.config.connections import Connection, database_url
from killmart.config.settings import load_settings
from killmart.db import backup, restore
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_files import ADMIN
from support.blocking import blocked_batch
from support.bulk import WIDTH
from support.databases import by_hand
from support.making import find_connection
from support.pipeline import kill, load_past_gate, ref, run, stage, victim

OLD, NEW = "2021-11-29T12:34:56Z", f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
_TABLES = """SELECT format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1"""
_ACL = "(SELECT array_agg(one::text ORDER BY one::text) FROM unnest({}) AS one)::text"
_OURS = "relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
_DEFINITIONS = {
    "relations": f"""SELECT oid::regclass, relkind, relpersistence, relowner::regrole, relispartition,
        {_ACL.format("relacl")}, obj_description(oid, 'pg_class'), pg_get_expr(relpartbound, oid)
        FROM pg_class WHERE {_OURS} AND relkind != 't'""",
    "columns": f"""SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated,
        attidentity, {_ACL.format("attacl")}, col_description(attrelid, attnum),
        (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
        FROM pg_attribute INNER JOIN pg_class ON pg_class.oid = attrelid
        WHERE {_OURS} AND relkind != 't' AND attnum > 0 AND NOT attisdropped""",
    "indexes": "SELECT schemaname, indexdef FROM pg_indexes WHERE schemaname !~ '^pg_'",
    "views": f"SELECT oid::regclass, pg_get_viewdef(oid) FROM pg_class WHERE {_OURS} AND relkind = 'v'",
    # PostgreSQL numbers those of ranges as they come
    "constraints": """SELECT conrelid::regclass, CASE WHEN conparentid = 0 THEN conname END, pg_get_constraintdef(oid),
        conenforced, convalidated
        FROM pg_constraint WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema)'""",
    "triggers": "SELECT tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": f"""SELECT pg_get_functiondef(oid), proowner::regrole, {_ACL.format("proacl")}
        FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)'""",
    "schemas": f"""SELECT nspname, nspowner::regrole, {_ACL.format("nspacl")}, obj_description(oid, 'pg_namespace')
        FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'""",
    "default privileges": f"""SELECT defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype,
        {_ACL.format("defaclacl")} FROM pg_default_acl""",
    "sequences": "SELECT schemaname, sequencename, last_value FROM pg_sequences",
}


def fill(runtime: Runtime) -> int:
    """Put something of everything into an empty warehouse; returns the number of a batch that waits for a person."""
    victims = [victim(character_id=95_000_010 + one) for one in range(5)]
    bodies = [
        *(kill(one, killmail_time=OLD, victim=victims[one % 5]) for one in range(1, 40)),
        *(kill(3 * WIDTH + one, killmail_time=NEW, victim=victims[one % 5]) for one in range(40)),
        kill(2**63 - 1),
    ]
    zkb = {"totalValue": 1234.56, "points": 3, "npc": False, "solo": True, "awox": False, "labels": ["æ", 'a "b"']}
    stage(runtime, [ref(body, zkb) for body in bodies])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(50, killmail_time="2099-01-01T00:00:00Z"))])  # to quarantine
    load_past_gate(runtime)
    refresh_marts(runtime)
    batch_id = blocked_batch(runtime, [ref(kill(4 * WIDTH + one)) for one in range(3)])
    stage(runtime, [ref(kill(60), body=None)])  # waits for ESI
    run(runtime, "INSERT INTO ops.run_metrics (stage, metric, value) VALUES ('drain', 'refs', 'NaN')")
    run(runtime, "INSERT INTO quality.day_coverage VALUES ('2021-11-29', 9, 8, 0, '{7}', '{history}', now())")
    return batch_id


def contents(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with by_hand(engine).connect() as connection:
        return {
            table: list(connection.execute(text(f"SELECT one::text FROM {table} AS one ORDER BY 1")).scalars())
            for table in connection.execute(text(_TABLES)).scalars().all()
        }


def definitions(engine: Engine) -> dict[str, set[tuple[str, ...]]]:
    """All that is in a database beside rows, with its comments, its owners and who may do what."""
    with by_hand(engine).connect() as connection:
        return {
            what: {tuple(map(str, row)) for row in connection.execute(text(query))}
            for what, query in _DEFINITIONS.items()
        }


def url_of(runtime: Runtime) -> str:
    """Where its warehouse is."""
    return runtime.owner_engine.url.render_as_string(hide_password=False)


def back_up(runtime: Runtime, postgres: EmbeddedPostgres, file: Path | str, jobs: int = 1) -> backup.Backup:
    """What `killmart backup` does."""
    return backup.back_up(url_of(runtime), postgres.binary, str(file), jobs, lambda _done, _left: None)


def restored(
    postgres: EmbeddedPostgres, file: Path | str, into: Connection, jobs: int = 1, role: str = ADMIN
) -> tuple[restore.Restored, Runtime]:
    """Restore into a database of the server; what came of it, and a runtime on it."""
    report = restore.restore(
        database_url(replace(into, login=role)), postgres.binary, str(file), jobs, lambda _done, _left: None
    )
    return report, Runtime(settings=load_settings({}), owner="test", find_connection=partial(find_connection, into, {}))


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Return when it is so; an AssertionError naming `what` where it does not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def files_in(folder: Path) -> list[str]:
    """What a folder has, by name."""
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def held_up(runtime: Runtime) -> Iterator[None]:
    """Keep pg_dump, which has its snapshot by then, from locking the tables that it is about to read."""
    with runtime.engine.begin() as connection:
        connection.execute(text("LOCK TABLE staging.feed_cursors IN ACCESS EXCLUSIVE MODE"))
        yield


def is_held_up(runtime: Runtime) -> bool:
    """Whether a pg_dump waits for that lock."""
    waiting = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'pg_dump' AND wait_event_type = 'Lock'"""
    with by_hand(runtime.engine).connect() as connection:
        return connection.execute(text(waiting)).scalar_one() == 1


def let_go(runtime: Runtime) -> None:
    """Leave its warehouse, so that nobody is connected."""
    by_hand(runtime.engine).dispose()
    runtime.dispose()


def left(runtime: Runtime) -> Connection:
    """Where its warehouse is, which nobody is connected to any more."""
    target = runtime.find_connection("warehouse")
    assert target is not None
    let_go(runtime)
    return target


def as_admin(target: Connection) -> dict[str, str]:
    """The variable that has a command restore as the server's administrator."""
    where = f"{quote(target.host, safe='')}:{target.port}/{target.schema}"
    return {"AIRFLOW_CONN_WAREHOUSE_OWNER": f"postgres://{ADMIN}@{where}"}
