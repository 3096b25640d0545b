"""What the stack refuses, in whole sentences, before it starts anything; and what it keeps for itself."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from killmart.config.connections import base_url, connection_from_environment, database_url
from killmart.config.left_dsn import leave_dsns, left_dsn
from killmart.errors import KillmartError
from killmart_stack.airflow_env import airflow_environment, choose_ports, demo_environment, password
from killmart_stack.commands import db_up, down, psql
from killmart_stack.home import Home, private_json
from killmart_stack.instance import only_instance, running_instance
from killmart_stack.ports import free_ports, is_free
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.signals import Signals, Stopped
from killmart_stack.supervisor import run_demo, run_live


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("KILLMART_", "AIRFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KILLMART_HOME", str(home.path))


@pytest.fixture
def restored_signals() -> object:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("restored_signals")
def test_taken_port_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Home
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("KILLMART_PORT", str(port))
        assert run_demo(once=True, bodies=[]) == 1
    said = capsys.readouterr()
    assert f"Port {port}, where Airflow's UI should be, is taken" in said.err
    assert "KILLMART_PORT=" in said.err
    assert not EmbeddedPostgres(home.path).is_running()


def test_bad_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KILLMART_PORT", "eighty")
    assert run_demo(once=True, bodies=[]) == 2
    assert "KILLMART_PORT='eighty' is refused" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["AIRFLOW_CONN_WAREHOUSE", "AIRFLOW_CONN_ESI", "AIRFLOW_CONN_NOTIFY"])
def test_bad_connection_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Home, name: str
) -> None:
    monkeypatch.setenv(name, "http://me:s3cret@host:port/")
    assert run_demo(once=True, bodies=[]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"killmart: {name} is neither")
    assert "s3cret" not in said
    assert not EmbeddedPostgres(home.path).is_running()


def test_missing_bodies_are_named(capsys: pytest.CaptureFixture[str], home: Home) -> None:
    assert run_demo(once=True, bodies=[home.path / "nowhere.jsonl"]) == 2
    assert "nowhere.jsonl" in capsys.readouterr().err


def test_full_disk_is_refused(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    usage = shutil.disk_usage(home.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 * 1024**2))
    with pytest.raises(KillmartError, match=r"Only 100 MB are free .* KILLMART_HOME"):
        EmbeddedPostgres(home.path).start()


def test_nearly_full_disk_is_no_hindrance_for_a_database_that_is_there(
    monkeypatch: pytest.MonkeyPatch, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    server = EmbeddedPostgres(home.path)
    server.start()
    server.stop()
    usage = shutil.disk_usage(home.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 * 1024**2))
    assert server.start()
    assert "Only 100 MB are free" in caplog.text
    assert server.stop()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be the user nobody meanwhile, without root's rights."""
    nobody, groups = pwd.getpwnam("nobody"), os.getgroups()
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, 0)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_somebody_else_s_installation_is_left_to_them(
    home: Home, mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the place of advice that would not help, such as to start the database or to change permissions."""
    (home.path / "postgres").mkdir(mode=0o700)
    home.path.chmod(mode)
    said = rf"^The folder {re.escape(str(home.path))}\S* belongs to the user root: do this as root, or set"
    server = EmbeddedPostgres(home.path)
    with as_nobody():
        found = partial(left_dsn, home.path)
        for refused in (server.start, server.is_running, server.stop, db_up, down, partial(psql, []), found):
            with pytest.raises(KillmartError, match=said):
                refused()
        assert run_demo(once=True, bodies=[]) == 1
    assert "belongs to the user root: do this as root" in capsys.readouterr().err
    (home.path / "postgres").rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_root_does_not_take_an_installation_over(home: Home) -> None:
    """Root may write there, but PostgreSQL would not let it in, or its owner out."""
    games = pwd.getpwnam("games").pw_uid
    leave_dsns(home.path, {"warehouse": "postgresql://killmart_loader@/killmart?host=/tmp"})
    theirs = (home.path, home.logs, home.run, home.airflow, home.run / "warehouse.json")
    for path in theirs:
        os.chown(path, games, -1)
    with pytest.raises(KillmartError, match=r" belongs to the user games: do this as games, or set KILLMART_HOME"):
        left_dsn(home.path)
    for refused in (EmbeddedPostgres(home.path).start, down, EmbeddedPostgres(home.path).is_running):
        with pytest.raises(
            KillmartError, match=r"/run belongs to the user games: do this as games, or set KILLMART_HOME"
        ):
            refused()
    for path in theirs:
        os.chown(path, 0, -1)


def test_home_that_cannot_be_made_is_refused(home: Home) -> None:
    (home.path / "file").write_text("")
    with pytest.raises(KillmartError, match=r"cannot be written .*set KILLMART_HOME"):
        Home(home.path / "file" / "home").prepare()


def test_live_needs_a_contact(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_live() == 2
    assert "KILLMART_CONTACT is missing" in capsys.readouterr().err


def test_second_supervisor_learns_who_runs(home: Home) -> None:
    with only_instance(home, "http://127.0.0.1:1"):
        instance = running_instance(home)
        assert instance is not None
        assert instance.pid == os.getpid()
        with (
            pytest.raises(KillmartError, match=rf"already as process {os.getpid()}, .*http://127\.0\.0\.1:1"),
            only_instance(home, ""),
        ):
            pass
    assert running_instance(home) is None


def test_killed_supervisor_is_no_hindrance(home: Home) -> None:
    code = (
        "import os, sys; from pathlib import Path; from killmart_stack.home import Home; "
        "from killmart_stack.instance import only_instance; "
        "only_instance(Home(Path(sys.argv[1])), 'x').__enter__(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(home.path)], check=False)
    assert running_instance(home) is None
    # the same pid, of a process that began at another time
    file = home.run / "supervisor.lock"
    file.write_text(json.dumps({"pid": os.getpid(), "created": 1.0, "url": ""}))
    assert running_instance(home) is None
    with only_instance(home, ""):
        pass


def test_down_says_what_it_stopped(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert down() == 0
    assert "Nothing was running" in capsys.readouterr().out
    server = EmbeddedPostgres(home.path)
    server.start()
    assert down() == 0
    assert "Stopped PostgreSQL" in capsys.readouterr().out
    assert not server.is_running()


@pytest.mark.usefixtures("restored_signals")
def test_a_signal_that_waited_for_a_step_that_fails_is_not_lost() -> None:
    def fail(signals: Signals) -> None:
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
            raise KillmartError("it did not start")

    with Signals() as signals, pytest.raises(Stopped):
        fail(signals)


@pytest.mark.usefixtures("restored_signals")
def test_signals_wait_for_the_end_of_a_step_and_come_once() -> None:
    seen = []

    def work(signals: Signals) -> None:
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("whole")
        seen.append("not reached")

    with Signals() as signals:
        with pytest.raises(Stopped) as stopped:
            work(signals)
        os.kill(os.getpid(), signal.SIGINT)  # stopping is under way: nothing disturbs it
    assert seen == ["whole"]
    assert stopped.value.number == signal.SIGTERM


def test_password_and_secrets_are_private_and_kept(home: Home) -> None:
    server = EmbeddedPostgres(home.path)
    ports = choose_ports(0)
    first = airflow_environment(home, server, ports, {})
    assert airflow_environment(home, server, ports, {}) == first
    assert json.loads(home.passwords.read_text()) == {"admin": password(home)}
    for path in (home.passwords, home.path / "airflow_secrets.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64


def test_broken_private_file_is_named(home: Home) -> None:
    home.passwords.write_text("{")
    with pytest.raises(KillmartError, match=r"simple_auth_manager_passwords\.json is no JSON object"):
        password(home)
    assert private_json(home.path / "new.json", lambda: {"a": "b"}) == {"a": "b"}


def test_demo_points_every_upstream_at_the_simulator(home: Home) -> None:
    server = EmbeddedPostgres(home.path)
    given = {"KILLMART_REDISQ_RATE": "9", "no_proxy": "example.org", "PYTHONPATH": "/mine"}
    made = demo_environment(airflow_environment(home, server, choose_ports(0), given), "http://127.0.0.1:5")
    for service in ("redisq", "r2z2", "esi", "everef", "sde"):
        assert base_url(connection_from_environment(service, made), service) == f"http://127.0.0.1:5/{service}"
    assert made["KILLMART_FEED"] == "redisq"
    assert made["KILLMART_REDISQ_RATE"] == "9"
    assert made["KILLMART_EVEREF_RATE"] == "50"
    assert made["no_proxy"] == "example.org,127.0.0.1,localhost"
    assert made["PYTHONPATH"].split(":")[1] == "/mine"
    for conn_id, role in (("warehouse", "killmart_loader"), ("warehouse_reader", "killmart_reader")):
        warehouse = connection_from_environment(conn_id, made)
        assert warehouse is not None
        assert database_url(warehouse) == database_url(server.connection(role=role))
    assert "AIRFLOW_CONN_WAREHOUSE_OWNER" not in made  # nothing in Airflow migrates
    metadata = urlsplit(made["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    assert (metadata.username, metadata.path) == ("airflow", "/airflow")


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(map(is_free, ports))
    with socket.create_server(("127.0.0.1", ports[0])):
        assert not is_free(ports[0])


def test_programs_of_this_environment() -> None:
    assert Path(sys.executable).with_name("airflow").exists()
