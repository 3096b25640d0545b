"""A backup restores to the same warehouse, row for row; loads go on beside it, and from what is restored."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection
from killmart.db import backup, bare_ranges
from killmart.db.dump import roles_in
from killmart.errors import KillmartError
from killmart.load.live import load
from killmart.load.marts import refresh_marts
from killmart.load.promote import promote, promote_together
from killmart.load.review import release_batch
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.backing_up import (
    back_up,
    contents,
    definitions,
    files_in,
    fill,
    held_up,
    is_held_up,
    let_go,
    restored,
    url_of,
    wait_until,
)
from support.bulk import WIDTH, batch_of, build_whatever_comes, built_ranges
from support.pipeline import build, differences, give_verdict, kill, load_past_gate, ref, rows, run, stage, states

# --- row for row ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "jobs"), [("w.dump", 1), ("w.dump", 2), ("w/", 2)])
def test_all_is_restored_as_it_was(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path, name: str, jobs: int
) -> None:
    fill(runtime)
    before = contents(runtime.engine), definitions(runtime.engine)
    written = back_up(runtime, postgres, f"{tmp_path}/{name}", jobs)
    report, copy = restored(postgres, tmp_path / name, empty, jobs)
    assert (written.killmails, report.killmails) == (80, 80)
    assert (report.database, report.revision, report.abandoned_batches) == (empty.schema, written.revision, [])
    assert {table: rows for table, rows in before[0].items() if rows and "candidate" in table}
    assert contents(copy.engine) == before[0]
    after = definitions(copy.engine)
    assert {what: after[what] ^ found for what, found in before[1].items() if after[what] != found} == {}
    let_go(copy)
    assert contents(runtime.engine) == before[0]
    assert files_in(tmp_path) == [name.rstrip("/")]
    assert written.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == (0o700 if name == "w/" else 0o600)


def test_loads_go_on_from_what_is_restored(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path
) -> None:
    blocked = fill(runtime)
    back_up(runtime, postgres, tmp_path / "w")
    _, copy = restored(postgres, tmp_path / "w", empty)
    try:
        assert release_batch(copy, blocked, "a person", "looked at").inserted == 3
        bodies = [kill(9 * WIDTH + one) for one in range(5)]
        stage(copy, [ref(body) for body in bodies])
        assert load(copy).inserted == 5
        refresh_marts(copy)
        parts = "SELECT count(*) FROM pg_class WHERE relispartition AND relname ~ '^(kills_fact|kill_items)_r(9|10)$'"
        assert rows(copy, parts) == [(4,)]
        kept = "SELECT * FROM core.kills_fact WHERE killmail_id = any(:ids)"
        assert len(rows(copy, kept, ids=[body["killmail_id"] for body in bodies])) == 5
        assert rows(copy, "SELECT count(*) FROM mart.days_behind") == [(0,)]
    finally:
        let_go(copy)


def test_indexes_answer_alone_in_what_is_restored(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path
) -> None:
    fill(runtime)
    back_up(runtime, postgres, tmp_path / "w")
    _, copy = restored(postgres, tmp_path / "w", empty)
    looked_at = """SELECT count(*) FROM pg_class WHERE relname ~ '^kills_fact_r(0|3)$'
        AND relallvisible = relpages AND reltuples > 30"""
    assert rows(copy, looked_at) == [(2,)]
    let_go(copy)


def test_it_tells_how_far_it_is(
    runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[int, int]] = []
    caplog.set_level("INFO")
    url, find = url_of(runtime), postgres.binary
    written = backup.back_up(url, find, f"{tmp_path}/w", 1, lambda done, left: told.append((done, left)))
    assert told[0] == (0, written.tables)
    assert told[-1] == (written.tables, 0)
    assert len(told) == written.tables + 1
    assert f"backup: 1 of {written.tables} tables, now " in caplog.text


# --- what is under way ----------------------------------------------------------------------------------------------


def test_a_batch_that_is_built_is_built_again(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path
) -> None:
    stage(runtime, [ref(kill(one)) for one in (1, 2)])
    batch_id = build(runtime).batch_id
    back_up(runtime, postgres, tmp_path / "w")
    assert states(runtime) == {1: "fetched", 2: "fetched"}
    report, copy = restored(postgres, tmp_path / "w", empty)
    assert report.abandoned_batches == [batch_id]
    assert rows(copy, "SELECT state FROM staging.batches") == [("abandoned",)]
    load_past_gate(copy)
    assert states(copy) == {1: "promoted", 2: "promoted"}
    let_go(copy)
    give_verdict(runtime, batch_id)
    assert promote(runtime, batch_id).inserted == 2  # the backup has left it alone


def test_a_batch_that_a_crash_has_emptied_stays_so(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path
) -> None:
    blocked = fill(runtime)
    run(runtime, f"TRUNCATE candidate.intact_{blocked}")
    back_up(runtime, postgres, tmp_path / "w")
    _, copy = restored(postgres, tmp_path / "w", empty)
    with pytest.raises(KillmartError, match="are empty"):
        release_batch(copy, blocked, "a person", "looked at")
    let_go(copy)


def test_what_is_loaded_meanwhile_is_in_the_next_one(
    runtime: Runtime,
    postgres: EmbeddedPostgres,
    empty: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A range that core has is built anew, and a batch is promoted, between pg_dump's snapshot and its locks."""
    build_whatever_comes(monkeypatch)
    monkeypatch.setattr(bare_ranges, "LOCK_TRIES", 3)
    first = [kill(WIDTH + one) for one in range(30)]
    promote_together(runtime, [batch_of(runtime, first)])
    waiting = batch_of(runtime, [kill(WIDTH + one) for one in range(30, 60)])
    with ThreadPoolExecutor(1) as pool:
        with held_up(runtime):
            written = pool.submit(back_up, runtime, postgres, tmp_path / "w")
            wait_until(lambda: is_held_up(runtime), "pg_dump")
            assert promote_together(runtime, [waiting])[waiting].inserted == 30
            assert built_ranges(runtime) == 2
            assert rows(runtime, "SELECT count(*) FROM core.kill_items") == [(60 * 3,)]
        assert written.result().killmails == 30
    report, copy = restored(postgres, tmp_path / "w", empty)
    assert (
        differences(copy, oracle.expected([(body, oracle.killmail_hash_of(body), None, "everef") for body in first]))
        == []
    )
    assert report.abandoned_batches == [waiting]
    let_go(copy)


def test_two_backups_of_a_warehouse_at_once_are_one(
    runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held_up(runtime):
            written = pool.submit(back_up, runtime, postgres, tmp_path / "w")
            wait_until(lambda: is_held_up(runtime), "pg_dump")
            with pytest.raises(KillmartError, match="is being written already"):
                back_up(runtime, postgres, tmp_path / "other")
        written.result()
    assert files_in(tmp_path) == ["w"]


# --- roles, and what belongs to the database ------------------------------------------------------------------------


def test_roles_that_the_warehouse_names_are_made(
    runtime: Runtime,
    postgres: EmbeddedPostgres,
    admin: Engine,
    empty: Connection,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run(runtime, 'CREATE ROLE "an ""odd"" Role"')
    run(runtime, 'GRANT SELECT ON core.kills_fact TO "an ""odd"" Role"')
    before = definitions(runtime.engine)
    back_up(runtime, postgres, tmp_path / "w")
    run(runtime, 'DROP OWNED BY "an ""odd"" Role"')
    run(runtime, 'DROP ROLE "an ""odd"" Role"')
    _, copy = restored(postgres, tmp_path / "w", empty)
    try:
        assert definitions(copy.engine) == before
        assert 'an "odd" Role may not log in' in caplog.text
        made = """SELECT rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles
            WHERE rolname = 'an "odd" Role'"""
        assert rows(copy, made) == [(False,)]
    finally:
        run(copy, 'DROP OWNED BY "an ""odd"" Role"')
        run(copy, 'DROP ROLE "an ""odd"" Role"')
        let_go(copy)


def test_the_roles_of_a_dump_are_found_whatever_they_are_called() -> None:
    statements = [
        "GRANT USAGE ON SCHEMA core TO killmart_reader;",
        'GRANT SELECT(a),UPDATE(b) ON TABLE core.x TO "we""ird TO me" WITH GRANT OPTION;',
        "REVOKE ALL ON FUNCTION core.f(a bigint, b text) FROM PUBLIC;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE owner_1 IN SCHEMA mart GRANT SELECT ON TABLES TO reader_1;",
        "ALTER TABLE core.kills_fact OWNER TO owner_2;",
        "SET SESSION AUTHORIZATION grantor;",
        "    EXECUTE format('GRANT USAGE ON SCHEMA %I TO nobody', readable);",
        "COMMENT ON TABLE x IS 'OWNER TO nobody';",
    ]
    named = {"killmart_reader", 'we"ird TO me', "owner_1", "reader_1", "owner_2", "grantor"}
    assert roles_in("\n".join(statements)) == named


def test_the_database_keeps_its_settings_and_who_may_use_it(
    runtime: Runtime, postgres: EmbeddedPostgres, admin: Engine, empty: Connection, tmp_path: Path
) -> None:
    fill(runtime)
    back_up(runtime, postgres, tmp_path / "w")
    name = '"' + empty.schema.replace('"', '""') + '"'
    for statement in (
        f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' CONNECTION LIMIT 50",
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO killmart_reader",
        f"ALTER DATABASE {name} SET work_mem = '7MB'",
        f'ALTER DATABASE {name} SET search_path = core, "$user"',
        f"ALTER ROLE killmart_reader IN DATABASE {name} SET application_name = 'it''s me'",
    ):
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT", no_parameters=True) as connection:
            connection.exec_driver_sql(statement)
    query = """SELECT datlocprovider, datlocale, datconnlimit, datacl::text, pg_get_userbyid(datdba),
        (SELECT array_agg(setrole::regrole || setconfig::text ORDER BY setrole) FROM pg_db_role_setting
        WHERE setdatabase = oid) FROM pg_database WHERE datname = :name"""
    with admin.connect() as connection:
        before = connection.execute(text(query), {"name": empty.schema}).one()
    assert "search_path=core" in before[5][0]
    _, copy = restored(postgres, tmp_path / "w", empty)
    assert rows(copy, "SHOW work_mem") == [("7MB",)]
    let_go(copy)
    with admin.connect() as connection:
        assert connection.execute(text(query), {"name": empty.schema}).one() == before
