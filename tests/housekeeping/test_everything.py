"""`python -m killmart housekeeping`: all chores in one go, whatever one of them meets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from killmart.config.connections import Connection
from killmart.housekeeping.everything import CHORES
from killmart.runtime import Runtime
from killmart_stack.airflow_env import connection_json
from killmart_stack.postgres import EmbeddedPostgres
from support.airflow_metadata import age, found
from support.commands import environment, killmart
from support.pipeline import kill, load_past_gate, ref, rows, run, stage, states

OLD = time.time() - 40 * 86_400
PROCESSES = {"unbound": [], "bound": ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]}


@pytest.fixture
def environ(warehouse: Connection, metadata: Connection, tmp_path: Path) -> dict[str, str]:
    """The environment of a command line beside an Airflow."""
    return environment(warehouse, tmp_path / "home", AIRFLOW_CONN_METADATA=connection_json(metadata))


@pytest.fixture
def untidy(runtime: Runtime, metadata: Connection, logs: Path) -> Path:
    """Something old for every chore; returns the folder of task logs."""
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    run(runtime, "UPDATE staging.killmails SET promoted_at = now() - interval '31 days'")
    [(oldest,), *_] = found(metadata, "SELECT run_id FROM dag_run ORDER BY id")
    age(metadata, "worker", oldest, 40)
    for name in ("dag_id=a/run_id=one", "dag_id=b/run_id=one"):
        log = logs / name / "task_id=t" / "attempt=1.log"
        log.parent.mkdir(parents=True)
        log.write_text("a line\n")
        for path in (log, *log.parents[:3]):
            os.utime(path, (OLD, OLD))
    component = runtime.settings.home_path / "logs" / "scheduler.log"
    component.parent.mkdir()
    component.write_bytes(b"x" * (11 * 1024 * 1024))
    return logs


def test_all_chores_are_done_and_a_second_time_changes_nothing(
    environ: dict[str, str], untidy: Path, runtime: Runtime, metadata: Connection
) -> None:
    done = killmart(environ, "housekeeping", "--json")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    told = json.loads(done.stdout)
    assert list(told) == list(CHORES)
    assert told["rotate_component_logs"]["rotated_logs"] == 1
    assert told["remove_task_logs"]["removed_files"] == 2
    assert told["prune_tables"]["pruned_killmails"] == 1
    assert told["clean_metadata"]["dag_run_rows"] == 1
    assert states(runtime) == {}
    assert found(metadata, "SELECT count(*) FROM dag_run") == [(2,)]
    again = killmart(environ, "housekeeping", "--json")
    assert again.returncode == 0, again.stderr
    assert [sum(counts.values()) for counts in json.loads(again.stdout).values()] == [0, 0, 0, 0]
    stages = "SELECT DISTINCT stage FROM ops.run_metrics WHERE metric = 'runs' AND stage = any(:names)"
    assert {stage for (stage,) in rows(runtime, stages, names=list(CHORES))} == set(CHORES)


@pytest.mark.skipif(shutil.which("setpriv") is None and os.geteuid() == 0, reason="root may do all, without setpriv")
def test_a_folder_that_may_not_be_read_or_emptied_is_told_and_the_rest_is_done(
    environ: dict[str, str], untidy: Path, runtime: Runtime, postgres: EmbeddedPostgres
) -> None:
    if postgres.sockets.stat().st_uid != os.geteuid():
        pytest.skip("without its rights root does not reach a PostgreSQL that runs as somebody else")
    unreadable, fixed = untidy / "dag_id=a" / "run_id=one", untidy / "dag_id=b" / "run_id=one" / "task_id=t"
    unreadable.chmod(0o000)
    fixed.chmod(0o555)
    os.utime(fixed, (OLD, OLD))
    command = [
        *PROCESSES["bound" if os.geteuid() == 0 else "unbound"],
        sys.executable,
        "-m",
        "killmart",
        "housekeeping",
    ]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    finally:
        unreadable.chmod(0o755)
        fixed.chmod(0o755)
    assert done.returncode == 1, done.stderr
    said = done.stderr.splitlines()[-1]
    assert said.startswith("killmart: ")
    for folder in (unreadable, fixed.parent):
        assert f"Old logs in {folder} were not removed" in said
    assert said.count("Permission denied") == 2
    assert "Traceback" not in done.stderr
    assert (fixed / "attempt=1.log").read_text() == "a line\n"
    assert states(runtime) == {}
    assert (untidy.parents[1] / "logs" / "scheduler.log").read_bytes() == b""


def test_without_a_warehouse_logs_make_room_all_the_same(untidy: Path, tmp_path: Path) -> None:
    """A full disk stops PostgreSQL: who makes room then must not need it."""
    away = environment(None, tmp_path / "home", AIRFLOW_CONN_WAREHOUSE="postgres://me@127.0.0.1:1/killmart")
    done = killmart(away, "housekeeping")
    assert done.returncode == 1
    assert "could not be recorded in ops.run_metrics" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert [path for path in untidy.rglob("*") if path.is_file()] == []
    assert (untidy.parents[1] / "logs" / "scheduler.log").read_bytes() == b""
