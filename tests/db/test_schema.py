"""The schema says what everything is, has the keys and indexes that the design names, and migrates whenever it may."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from killmart.config.connections import database_url
from killmart.config.settings import PROJECT
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.pipeline import kill, load_past_gate, ref, row_versions, rows, stage

SCHEMAS = "('staging', 'core', 'reference', 'quality', 'ops', 'mart')"
INDEXED = {
    ("kills_fact", "kill_time"),
    ("kills_fact", "changed_at"),
    ("kills_fact", "system_id"),
    ("kill_characters", "character_id"),
    ("kill_corporations", "corporation_id"),
    ("kill_alliances", "alliance_id"),
    ("kill_systems", "system_id"),
}
KEYS = {
    "core.kills_fact": ["killmail_id"],
    "core.kill_victims": ["killmail_id"],
    "core.kill_attackers": ["killmail_id", "attacker_index"],
    "core.kill_characters": ["killmail_id", "character_id"],
    "core.kill_corporations": ["killmail_id", "corporation_id"],
    "core.kill_alliances": ["killmail_id", "alliance_id"],
    "core.kill_systems": ["killmail_id"],
    "core.kill_items": ["killmail_id", "item_index"],
    "core.characters": ["eve_id"],
    "core.corporations": ["eve_id"],
    "core.alliances": ["eve_id"],
    "staging.killmails": ["killmail_id"],
    "staging.feed_cursors": ["feed"],
    "quality.validation_runs": ["run_id"],
    "quality.day_coverage": ["day"],
}


def test_everything_has_a_comment(runtime: Runtime) -> None:
    silent = rows(
        runtime,
        f"""SELECT relations.oid::regclass::text, columns.attname
        FROM pg_class AS relations
        INNER JOIN pg_attribute AS columns ON relations.oid = columns.attrelid AND columns.attnum > 0
        WHERE relations.relnamespace::regnamespace::text IN {SCHEMAS} AND relations.relkind IN ('r', 'v', 'm', 'p')
        AND NOT columns.attisdropped
        AND (
            coalesce(col_description(relations.oid, columns.attnum), '') = ''
            OR coalesce(obj_description(relations.oid, 'pg_class'), '') = ''
        )""",
    )
    assert silent == []
    schemas = rows(
        runtime,
        "SELECT nspname FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') IS NULL"
        " AND nspname !~ '^(pg_|information_schema)'",
    )
    assert schemas == []


def test_keys_and_indexes_are_those_of_the_design(runtime: Runtime) -> None:
    found = rows(
        runtime,
        """SELECT indrelid::regclass::text, indisprimary,
            array(SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS keys (number, place)
                  INNER JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY place)
        FROM pg_index""",
    )
    keys = {table: columns for table, is_primary, columns in found if is_primary}
    assert {table: keys[table] for table in KEYS} == KEYS
    leading = {(table.removeprefix("core."), columns[0]) for table, _, columns in found if columns}
    assert leading >= INDEXED
    stood_in_for = {(table, column) for table, column in leading if table in ("kill_victims", "kill_attackers")}
    assert stood_in_for == {("kill_victims", "killmail_id"), ("kill_attackers", "killmail_id")}  # by the junctions


def test_what_belongs_to_a_killmail_names_it(runtime: Runtime) -> None:
    found = rows(
        runtime,
        "SELECT conrelid::regclass::text, confrelid::regclass::text, conenforced FROM pg_constraint"
        " WHERE contype = 'f' AND conparentid = 0",
    )
    junctions = ("kill_characters", "kill_corporations", "kill_alliances", "kill_systems")
    children = {f"core.{table}" for table in ("kill_victims", "kill_attackers", "kill_items", *junctions)}
    assert {child for child, parent, enforced in found if parent == "core.kills_fact" and not enforced} == children
    assert {
        ("staging.killmails", "staging.batches"),
        ("quality.validation_results", "quality.validation_runs"),
    } <= {(child, parent) for child, parent, _ in found}


def test_a_migration_over_data_changes_nothing(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), {"points": 1})])
    load_past_gate(runtime)
    before = row_versions(runtime)
    revision = runtime.migrate()
    assert runtime.migrate() == revision
    assert row_versions(runtime) == before
    assert rows(runtime, "SELECT points FROM core.kills_fact") == [(1,)]


def test_an_empty_database_is_migrated_once_by_many_at_once(postgres: EmbeddedPostgres) -> None:
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    engines = [build_engine(database_url(postgres.connection("at_once"))) for _ in range(3)]
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE at_once OWNER killmart_owner"))
    try:
        with ThreadPoolExecutor() as pool:
            revisions = list(pool.map(migrate, engines))
        assert len(set(revisions)) == 1
        with engines[0].connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one() == 0
    finally:
        for engine in engines:
            engine.dispose()
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE at_once WITH (FORCE)"))
        admin.dispose()


def test_the_view_of_losses_leaves_npcs_out(runtime: Runtime) -> None:
    npc = kill(2)
    del npc["victim"]["character_id"]
    stage(runtime, [ref(kill(1), {"totalValue": 5.5, "labels": ["pvp"]}), ref(npc)])
    load_past_gate(runtime)
    [row] = rows(runtime, "SELECT to_jsonb(losses_fact)::text FROM core.losses_fact")
    loss = json.loads(row[0])
    assert (loss["killmail_id"], loss["character_id"], loss["total_value"], loss["labels"]) == (
        1,
        95_000_001,
        6,
        ["pvp"],
    )


def test_the_project_may_lie_in_any_folder(runtime: Runtime, tmp_path: Path) -> None:
    """Its path is an option of alembic's, where a % means something."""
    folder = tmp_path / "a project, 100% 'odd' [#1]"
    folder.mkdir()
    (folder / "migrations").symlink_to(PROJECT / "migrations")
    assert migrate(runtime.owner_engine, folder / "migrations") == runtime.migrate()
