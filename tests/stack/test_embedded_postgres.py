"""The embedded PostgreSQL: a real server from the wheel, started, killed, fought over and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2
import pytest

from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.errors import KillmartError
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_files import socket_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


def ask(server: EmbeddedPostgres, query: str, database: str = "killmart") -> object:
    connection = psycopg2.connect(server.dsn(database))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None
            return row[0]
    finally:
        connection.close()


def server_pid(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def server(home_path: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(home_path)


def test_starts_once_and_stops(server: EmbeddedPostgres) -> None:
    assert not server.is_running()
    assert server.start()
    assert not server.start()
    assert server.is_running()
    assert server.stop()
    assert not server.is_running()
    assert not server.stop()


def test_stop_without_a_start(server: EmbeddedPostgres) -> None:
    assert not server.stop()


def test_each_database_belongs_to_a_role_of_its_own_and_none_is_a_superuser(server: EmbeddedPostgres) -> None:
    server.start()
    owners = "SELECT string_agg(datname || ' ' || pg_get_userbyid(datdba), ', ' ORDER BY datname) FROM pg_database "
    assert (
        ask(server, owners + "WHERE NOT datistemplate AND datname <> 'postgres'")
        == "airflow airflow, killmart killmart_owner"
    )
    assert ask(server, "SELECT current_user", "airflow") == "airflow"
    assert ask(server, "SELECT current_user") == "killmart_owner"
    mighty = "rolsuper OR rolreplication OR rolbypassrls OR rolcreatedb"
    assert ask(server, f"SELECT string_agg(rolname, ', ') FROM pg_roles WHERE {mighty}") == "postgres"


def test_who_loads_and_airflow_do_not_meet(server: EmbeddedPostgres) -> None:
    server.start()
    for role in ("killmart_loader", "killmart_reader", "killmart_owner"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(server.dsn("airflow", role))
    migrate(build_engine(database_url(server.connection())))
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(server.dsn("killmart", "airflow"))
    psycopg2.connect(server.dsn("killmart", "killmart_loader")).close()


def test_a_role_that_is_not_ours_gives_its_password(server: EmbeddedPostgres) -> None:
    server.start()
    ask(server, "CREATE ROLE stranger LOGIN; SELECT 1", "postgres")
    with pytest.raises(psycopg2.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg2.connect(server.dsn(role="stranger"))


def test_settings_of_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SHOW timezone") == "UTC"
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SHOW synchronous_commit") == "on"
    assert ask(server, "SHOW data_checksums") == "on"
    assert ask(server, "SHOW wal_compression") == "off"  # pglz costs a live batch more than all else
    assert ask(server, "SELECT upper('æ')") == "Æ"


def test_socket_is_private(server: EmbeddedPostgres) -> None:
    server.start()
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_settings_of_the_user_in_the_environment_do_not_matter(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "nowhere", "LC_ALL": "xx_XX.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_data_survives_sigkill_of_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 7 AS n; SELECT 1")
    os.kill(server_pid(server), signal.SIGKILL)
    assert server.start()
    assert ask(server, "SELECT n FROM kept") == 7


def test_pid_file_of_another_process_is_no_server(server: EmbeddedPostgres) -> None:
    server.start()
    pid = server_pid(server)
    os.kill(pid, signal.SIGKILL)
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.05)
    recycled = server.data / "postmaster.pid"
    recycled.write_text(recycled.read_text().replace(str(pid), str(os.getpid()), 1))
    assert not server.is_running()
    assert not server.stop()
    assert server.start()
    assert ask(server, "SELECT 1") == 1


def test_two_starters_at_once(server: EmbeddedPostgres) -> None:
    code = "import sys; from pathlib import Path; from killmart_stack.postgres import EmbeddedPostgres; "
    code += "print(EmbeddedPostgres(Path(sys.argv[1])).start())"
    command = [sys.executable, "-c", code, str(server.home.path)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    # communicate() returns at the end of the pipe: the server holds none of it open
    assert sorted(starter.communicate()[0].strip() for starter in starters) == ["False", "False", "True"]
    assert ask(server, "SELECT count(*) FROM pg_database WHERE datname = 'airflow'") == 1


def test_unfinished_data_folder_is_made_again(server: EmbeddedPostgres) -> None:
    unfinished = server.home.path / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


@pytest.mark.parametrize(
    "name", ["far/" + "away/" * 25 + "home", "with spaces, 'quotes' and 100%", '$HOME "and" \\back\\ `id`']
)
def test_any_path_of_a_home(home_path: Path, name: str) -> None:
    home = home_path / name
    home.mkdir(parents=True)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        assert ask(server, "SELECT 1") == 1
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    finally:
        server.stop()
        shutil.rmtree(server.sockets)


def test_short_socket_folder_is_remembered(home_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = home_path / ("long" * 30)
    run.mkdir()
    first = socket_folder(run)
    assert not first.is_relative_to(home_path)
    monkeypatch.setattr("tempfile.tempdir", str(home_path))
    assert socket_folder(run) == first


def test_data_folder_of_another_version_is_left_alone(server: EmbeddedPostgres) -> None:
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(KillmartError, match=r"made by PostgreSQL 17, and this Killmart brings 18"):
        server.start()
    shutil.rmtree(server.data)


def test_broken_data_folder_says_so_with_the_log(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(KillmartError, match=r"(?s)PostgreSQL does not start.*postgres\.log.*pg_control"):
        server.start()


def test_programs_come_with_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    shown = subprocess.run(
        [server.binary("psql"), server.dsn(), "-Atc", "SELECT 6 * 7"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "42\n"


@as_root
def test_another_user_cannot_connect(server: EmbeddedPostgres) -> None:
    server.start()
    # even where the socket could be reached, the server asks the system who is there
    server.sockets.chmod(0o755)
    (server.sockets / ".s.PGSQL.5432").chmod(0o777)
    nobody = pwd.getpwnam("nobody")
    tried = subprocess.run(
        [server.binary("psql"), server.dsn(), "-c", "SELECT 1"],
        capture_output=True,
        text=True,
        check=False,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
    )
    assert tried.returncode != 0
    assert "Peer authentication failed" in tried.stderr or "Permission denied" in tried.stderr


@as_root
def test_files_stay_ours_as_root(server: EmbeddedPostgres) -> None:
    server.start()
    assert {path.stat().st_uid for path in server.data.rglob("*")} == {0}


@pytest.fixture
def no_namespaces(home_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that refuses user namespaces, as containers often do."""
    refusing = home_path / "bin" / "unshare"
    refusing.parent.mkdir()
    refusing.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing.parent}:{os.environ['PATH']}")


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_root_without_namespaces_runs_as_nobody(server: EmbeddedPostgres) -> None:
    server.start()
    assert psutil.Process(server_pid(server)).username() == "nobody"
    assert ask(server, "SELECT current_user") == "killmart_owner"
    assert server.stop()


@as_root
def test_account_may_change_between_starts(server: EmbeddedPostgres, request: pytest.FixtureRequest) -> None:
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 7 AS n; SELECT 1")
    server.stop()
    request.getfixturevalue("no_namespaces")
    server.start()
    assert ask(server, "SELECT n FROM kept") == 7
    server.stop()
    request.getfixturevalue("monkeypatch").undo()
    server.start()
    assert ask(server, "SELECT n FROM kept") == 7


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_nobody_has_to_reach_the_home(home_path: Path) -> None:
    closed = home_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(KillmartError, match=r"the account `nobody` may not enter .*closed/home"):
        EmbeddedPostgres(closed / "home").start()
