"""What stops a backup or a restore says so in a sentence, and leaves everything as it was; then it can be run again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection, database_url
from killmart.config.settings import load_settings
from killmart.db.engine import short_lived_engine
from killmart.db.locks import exclusive
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.backing_up import (
    as_admin,
    back_up,
    contents,
    files_in,
    fill,
    held_up,
    is_held_up,
    left,
    let_go,
    restored,
    wait_until,
)
from support.commands import environment, killmart
from support.databases import copied, maintain
from support.making import find_connection
from support.pipeline import kill, load_past_gate, ref, rows, run, stage

RESTORING = "SELECT datname FROM pg_database WHERE datname ~ '_(restoring|replaced)$'"


def left_over(admin: Engine) -> list[str]:
    """Databases that a restore makes for itself."""
    with admin.connect() as connection:
        return list(connection.execute(text(RESTORING)).scalars())


def refusal(act: Callable[[], object]) -> str:
    """What is said, in one sentence or a few on one line."""
    with pytest.raises(KillmartError) as refused:
        act()
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- where no backup can be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["file", "full folder"])
def test_a_backup_overwrites_nothing(runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path, taken: str) -> None:
    place = tmp_path / "a.dump"
    other = place if taken == "file" else place / "other"
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    said = refusal(lambda: back_up(runtime, postgres, place))
    assert "already, and a backup overwrites nothing" in said
    assert other.read_text() == "mine"
    assert files_in(tmp_path) == ["a.dump"]


def test_an_empty_folder_is_filled(runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    back_up(runtime, postgres, tmp_path / "w")
    assert "toc.dat" in files_in(tmp_path / "w")


def test_a_missing_folder_is_named(runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    said = refusal(lambda: back_up(runtime, postgres, tmp_path / "nowhere" / "a.dump"))
    assert f"No backup can be written to {tmp_path}/nowhere/a.dump (No such file or directory)" in said


def test_a_database_without_a_warehouse_has_nothing_to_back_up(
    postgres: EmbeddedPostgres, admin: Engine, empty: Connection, tmp_path: Path
) -> None:
    with copied(postgres, "no_warehouse", "template1") as nothing:
        runtime = Runtime(load_settings({}), partial(find_connection, nothing, {}))
        said = refusal(lambda: back_up(runtime, postgres, tmp_path / "a"))
        let_go(runtime)
    assert said.startswith("There is no warehouse in the database no_warehouse")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["a.dump", "a/"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("size=256k", "The disk of .* is full .*No space left on device"),
        ("ro", "No backup can be .*Read-only file system"),
    ],
)
def test_a_full_or_read_only_disk_keeps_no_half_backup(
    runtime: Runtime, warehouse: Connection, tmp_path: Path, name: str, options: str, says: str
) -> None:
    """On a small disk of its own, which goes with the namespace that it is mounted in."""
    fill(runtime)
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""mount -t tmpfs -o {options} tmpfs {disk}
        {sys.executable} -m killmart backup {disk}/{name}
        echo "exit $?: $(ls -A {disk})" """
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(command, env=environment(warehouse, tmp_path), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "exit 1:"
    [said] = [line for line in done.stderr.splitlines() if line.startswith("killmart: ")]
    assert re.search(says, said)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_backup_that_is_stopped_leaves_nothing_or_what_the_next_one_removes(
    runtime: Runtime, warehouse: Connection, postgres: EmbeddedPostgres, tmp_path: Path, number: signal.Signals
) -> None:
    place = tmp_path / "to" / "a.dump"
    place.parent.mkdir()
    command = [sys.executable, "-m", "killmart", "backup", str(place)]
    with held_up(runtime):
        stopped = subprocess.Popen(command, env=environment(warehouse, tmp_path), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: is_held_up(runtime), "pg_dump")
        assert files_in(place.parent) == [f"a.dump.part-{stopped.pid}"]
        stopped.send_signal(number)
        _, said = stopped.communicate(timeout=60)
        if number != signal.SIGKILL:
            assert (stopped.returncode, files_in(place.parent)) == (128 + number, [])
            assert "killmart: Stopped." in said
            wait_until(lambda: not is_held_up(runtime), "the end of pg_dump")
    back_up(runtime, postgres, place)
    assert files_in(place.parent) == ["a.dump"]


# --- what is no backup ----------------------------------------------------------------------------------------------


@pytest.fixture
def dump(runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path) -> Path:
    """A backup of a warehouse with something of everything."""
    fill(runtime)
    back_up(runtime, postgres, tmp_path / "good.dump")
    return tmp_path / "good.dump"


def cut(dump: Path) -> None:
    os.truncate(dump, dump.stat().st_size * 2 // 3)


def overwrite(dump: Path) -> None:
    with dump.open("r+b") as file:
        file.seek(dump.stat().st_size // 2)
        file.write(b"nobody wrote this" * 500)


def write_text(dump: Path) -> None:
    dump.write_text("SELECT 1;\n" * 1000)


def empty_it(dump: Path) -> None:
    dump.write_bytes(b"")


def lose_it(dump: Path) -> None:
    dump.unlink()


@pytest.mark.parametrize("damage", [cut, overwrite, write_text, empty_it, lose_it])
def test_a_damaged_file_restores_nothing(
    dump: Path, postgres: EmbeddedPostgres, admin: Engine, warehouse: Connection, damage: Callable[[Path], None]
) -> None:
    damage(dump)
    with copied(postgres, "restored_damaged") as target:
        with short_lived_engine(database_url(target)) as engine:
            before = contents(engine)
        said = refusal(lambda: restored(postgres, dump, target))
        with short_lived_engine(database_url(target)) as engine:
            assert contents(engine) == before
    assert str(dump) in said
    assert re.search(r"Nothing was (changed|restored)", said)
    assert left_over(admin) == []


def test_a_folder_that_lacks_a_table_s_file_restores_nothing(
    runtime: Runtime, postgres: EmbeddedPostgres, admin: Engine, empty: Connection, tmp_path: Path
) -> None:
    fill(runtime)
    back_up(runtime, postgres, f"{tmp_path}/w/", jobs=2)
    max((tmp_path / "w").glob("*.dat.gz"), key=lambda path: path.stat().st_size).unlink()
    assert "could not open" in refusal(lambda: restored(postgres, tmp_path / "w", empty, jobs=2))
    assert left_over(admin) == []
    shutil.rmtree(tmp_path / "w")
    assert "cannot be read (No such file" in refusal(lambda: restored(postgres, tmp_path / "w", empty))


def test_the_dump_of_another_database_is_refused(postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    command = [postgres.binary("pg_dump"), "--format=custom", f"--file={theirs}", postgres.dsn("airflow")]
    subprocess.run(command, check=True)
    said = refusal(lambda: restored(postgres, theirs, empty))
    assert said.startswith(f"{theirs} is a dump of something else than a warehouse of Killmart")


def test_a_newer_killmart_s_backup_is_refused(
    runtime: Runtime, postgres: EmbeddedPostgres, empty: Connection, tmp_path: Path
) -> None:
    run(runtime, "UPDATE public.schema_version SET version_num = '9999'")
    back_up(runtime, postgres, tmp_path / "w")
    said = refusal(lambda: restored(postgres, tmp_path / "w", empty))
    assert "is from a newer Killmart: its warehouse is at revision 9999, and this one knows revisions up to 0" in said


# --- where nothing may be restored ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["core", "staging", "quarantine"])
def test_a_warehouse_with_killmails_is_left_alone(
    dump: Path, postgres: EmbeddedPostgres, runtime: Runtime, other: Runtime, where: str
) -> None:
    stage(other, [ref(kill(1, **({"killmail_time": "2099-01-01T00:00:00Z"} if where == "quarantine" else {})))])
    if where != "staging":
        load_past_gate(other)
        run(other, "DELETE FROM staging.killmails")
    before = contents(other.engine)
    target = left(other)
    said = refusal(lambda: restored(postgres, dump, target))
    assert said.startswith(f"The warehouse in {target.schema} holds killmails, and a restore replaces all")
    assert contents(other.engine) == before


def test_a_migrated_warehouse_without_killmails_is_replaced(
    dump: Path, postgres: EmbeddedPostgres, runtime: Runtime, other: Runtime
) -> None:
    run(other, "INSERT INTO reference.types (type_id, name, group_id) VALUES (1, 'only here', 1)")
    target = left(other)
    restored(postgres, dump, target)
    assert contents(other.engine) == contents(runtime.engine)


@pytest.mark.parametrize("thing", ["TABLE public.theirs ()", "SCHEMA theirs CREATE VIEW a AS SELECT 1 AS b"])
def test_a_database_with_other_things_is_left_alone(
    dump: Path, postgres: EmbeddedPostgres, other: Runtime, thing: str
) -> None:
    run(other, f"CREATE {thing}")
    target = left(other)
    assert "holds what is no part of a warehouse (" in refusal(lambda: restored(postgres, dump, target))


def test_a_database_at_work_is_left_alone(
    dump: Path, postgres: EmbeddedPostgres, other: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.db.restore.SETTLE_SECONDS", 0.2)
    target = left(other)
    with other.engine.connect():
        said = refusal(lambda: restored(postgres, dump, target))
    assert f"The database {target.schema} is in use (killmart as killmart_loader)" in said


def test_two_restores_at_once_are_one(dump: Path, postgres: EmbeddedPostgres, admin: Engine, empty: Connection) -> None:
    with exclusive(admin, f"restore {empty.schema}", wait=False):
        assert "Another restore into" in refusal(lambda: restored(postgres, dump, empty))


def test_a_restore_that_is_killed_can_be_run_again(
    dump: Path, postgres: EmbeddedPostgres, runtime: Runtime, admin: Engine, other: Runtime, tmp_path: Path
) -> None:
    """At the first moment that rows are in the database beside."""
    target = left(other)
    command = [sys.executable, "-m", "killmart", "restore", str(dump)]
    killed = subprocess.Popen(command, env=environment(target, tmp_path) | as_admin(target), stderr=subprocess.DEVNULL)
    filling = """SELECT count(*) > 0 FROM pg_stat_activity
        WHERE datname ~ '_restoring$' AND application_name = 'pg_restore' AND query ~ '^COPY'"""
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        wait_until(lambda: bool(connection.execute(text(filling)).scalar_one()), "rows")
    killed.kill()
    killed.wait(60)
    assert left_over(admin) == [f"{target.schema}_restoring"]
    assert rows(other, "SELECT count(*) FROM core.kills_fact") == [(0,)]
    let_go(other)
    done = killmart(environment(target, tmp_path) | as_admin(target), "restore", str(dump), "--json")
    assert (done.returncode, done.stderr.count("killmart: ")) == (0, 0), done.stderr
    assert contents(other.engine) == contents(runtime.engine)
    assert left_over(admin) == []


def test_a_restore_that_is_asked_to_stop_leaves_nothing(
    dump: Path, admin: Engine, other: Runtime, tmp_path: Path
) -> None:
    target = left(other)
    command = [sys.executable, "-m", "killmart", "restore", str(dump)]
    stopped = subprocess.Popen(
        command, env=environment(target, tmp_path) | as_admin(target), stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: left_over(admin) != [], "the database beside")
    stopped.send_signal(signal.SIGTERM)
    _, said = stopped.communicate(timeout=60)
    assert (stopped.returncode, left_over(admin)) == (143, [])
    assert "killmart: Stopped." in said


@pytest.fixture
def tenant(postgres: EmbeddedPostgres, admin: Engine) -> Iterator[str]:
    """A role without rights on the server, which lets it in as us."""
    access = {postgres.data / name: (postgres.data / name).read_text() for name in ("pg_hba.conf", "pg_ident.conf")}
    hba, ident = access
    hba.write_text(access[hba] + "local all tenant peer map=killmart\n")
    ident.write_text(access[ident] + access[ident].splitlines()[0].rpartition(" ")[0] + " tenant\n")
    maintain(admin, "CREATE ROLE tenant LOGIN")
    maintain(admin, "SELECT pg_reload_conf()")
    yield "tenant"
    for file, lines in access.items():
        file.write_text(lines)
    maintain(admin, "SELECT pg_reload_conf()")
    maintain(admin, "DROP ROLE tenant")


def test_who_may_make_no_database_is_told(
    dump: Path, postgres: EmbeddedPostgres, admin: Engine, empty: Connection, other: Runtime, tenant: str
) -> None:
    said = refusal(lambda: restored(postgres, dump, empty, role=tenant))
    assert said.startswith("tenant may not restore a warehouse on this server (permission denied to create database)")
    target = left(other)
    said = refusal(lambda: restored(postgres, dump, target, role=tenant))
    assert said.startswith("tenant may not restore a warehouse on this server (permission denied for")
    assert left_over(admin) == []
