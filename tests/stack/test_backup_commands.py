"""`killmart backup` and `restore` from one fresh home to another: each starts the embedded PostgreSQL by itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from killmart.config.settings import PROJECT, load_settings
from killmart.runtime import Runtime
from killmart_stack.backups import installed_program
from killmart_stack.instance import only_instance
from killmart_stack.postgres import EmbeddedPostgres
from support.backing_up import contents, definitions, fill, let_go
from support.commands import environment, killmart


def runtime_of(home: Path) -> Runtime:
    return Runtime(load_settings({"KILLMART_HOME": str(home)}), lambda _: None, owner="test")


@pytest.fixture
def source(home_path: Path) -> Path:
    """A home with a warehouse that holds something of everything; nothing runs from it."""
    home = home_path / "source"
    assert killmart(environment(None, home), "db").returncode == 0
    runtime = runtime_of(home)
    fill(runtime)
    let_go(runtime)
    EmbeddedPostgres(home).stop()
    return home


def test_from_one_home_to_another(source: Path, home_path: Path) -> None:
    dump, home = home_path / "w.dump", home_path / "new"
    written = killmart(environment(None, source), "backup", str(dump), "--json")
    assert written.returncode == 0, written.stderr
    said = json.loads(written.stdout)
    assert (said["file"], said["killmails"], said["bytes"]) == (str(dump), 80, dump.stat().st_size)
    restored = killmart(environment(None, home), "restore", str(dump))
    assert restored.returncode == 0, restored.stderr
    assert "killmails" in restored.stdout
    assert "now " in restored.stderr
    assert json.loads(killmart(environment(None, home), "status", "--json").stdout)["killmails"] == 80
    first, second = runtime_of(source), runtime_of(home)
    assert contents(second.engine) == contents(first.engine)
    assert definitions(second.engine) == definitions(first.engine)
    let_go(first)
    let_go(second)
    again = killmart(environment(None, home), "restore", str(dump))
    assert again.returncode == 1
    [refused] = [line for line in again.stderr.splitlines() if line.startswith("killmart: ")]
    assert refused.startswith("killmart: The warehouse in killmart holds killmails")


def test_make_calls_them(source: Path, home_path: Path) -> None:
    """With blanks in the name; a folder, written and read by two processes."""
    home = home_path / "new"

    def make(home: Path, target: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "-C", str(PROJECT), target, f"FILE={home_path}/a warehouse/", "JOBS=2"]
        return subprocess.run(command, env=environment(None, home), capture_output=True, text=True, check=False)

    assert make(source, "backup").returncode == 0
    assert (home_path / "a warehouse" / "toc.dat").exists()
    done = make(home, "restore")
    assert done.returncode == 0, done.stderr
    assert killmart(environment(None, home), "dsn").returncode == 0  # it stays up, as after `make db`


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_file_has_to_be_named(home_path: Path, command: str) -> None:
    for file in ([], [""]):
        done = killmart(environment(None, home_path / "home"), command, *file)
        assert done.returncode == 2
    assert not (home_path / "home").exists()


def test_nothing_is_restored_where_killmart_runs(source: Path, home_path: Path) -> None:
    dump = home_path / "w.dump"
    assert killmart(environment(None, source), "backup", str(dump)).returncode == 0
    EmbeddedPostgres(home_path / "new").home.prepare()
    with only_instance(EmbeddedPostgres(home_path / "new").home, "http://127.0.0.1:1"):
        done = killmart(environment(None, home_path / "new"), "restore", str(dump))
    assert done.returncode == 1
    assert (
        f"already as process {os.getpid()}, with its UI at http://127.0.0.1:1: stop it with `make down`" in done.stderr
    )
    assert not EmbeddedPostgres(home_path / "new").is_running()


def test_a_backup_of_a_home_without_a_warehouse_says_so(home_path: Path) -> None:
    done = killmart(environment(None, home_path / "new"), "backup", str(home_path / "w.dump"))
    assert done.returncode == 1
    assert "There is no warehouse in the database killmart" in done.stderr
    assert not (home_path / "w.dump").exists()


@pytest.mark.parametrize(("version", "is_used"), [("9.6.2", False), ("17.5 (Debian 17.5-1)", False), ("99.1", True)])
def test_a_program_in_path_is_used_unless_it_is_older(
    home_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_used: bool
) -> None:
    postgres = EmbeddedPostgres(home_path / "new")
    there = home_path / "pg_dump"
    there.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    there.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home_path}:{os.environ['PATH']}")
    assert installed_program("pg_dump", postgres) == (there if is_used else postgres.binary("pg_dump"))
    monkeypatch.setenv("PATH", str(home_path / "new"))
    assert installed_program("pg_dump", postgres) == postgres.binary("pg_dump")
