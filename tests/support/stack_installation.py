"""A whole installation as a user starts it, in a folder and on a port of its own, driven over Airflow's REST API."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from killmart.config.settings import PROJECT, load_settings
from killmart.runtime import Runtime
from killmart_demo.config import SimulatorConfig
from killmart_stack.airflow_env import USER
from killmart_stack.ports import free_port, local_session
from support import realdata
from support.folders import quick_folder
from support.oracle import killmail_hash_of
from support.pipeline import empty_warehouse, kill, run

UP_SECONDS = 600
RUN_SECONDS = 300
TOKEN = "a-token-of-the-tests"
UP = "Everything stays up"
ENDED = ("success", "failed")

Json = dict[str, Any]
Found = TypeVar("Found")


@dataclass
class Installation:
    """One that is up; requests to its Airflow raise requests.HTTPError where it refuses."""

    home: Path
    url: str
    runtime: Runtime
    supervisor: int
    """Its process."""
    output: Path
    """What it says."""
    _session: requests.Session = field(default_factory=local_session)

    @property
    def password(self) -> str:
        """The password of the user `admin`."""
        passwords = json.loads((self.home / "simple_auth_manager_passwords.json").read_text())
        return str(passwords[USER])

    def call(self, method: str, path: str, body: Any = None, gone_by: int = 200) -> Any:
        """What Airflow answers to a request below /api/v2, as JSON; the status `gone_by` is no failure either."""
        if "Authorization" not in self._session.headers:
            login = {"username": USER, "password": self.password}
            answer = self._session.post(f"{self.url}/auth/token", json=login, timeout=60)
            answer.raise_for_status()
            self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        answer = self._session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=60)
        assert answer.ok or answer.status_code == gone_by, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def runs(self, dag_id: str) -> list[Json]:
        """The runs of a DAG, newest first."""
        found: list[Json] = self.call("GET", f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=50")["dag_runs"]
        return found

    def trigger(self, dag_id: str, conf: Json) -> str:
        """Start a run with these params; returns its id."""
        return str(self.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])

    def ended(self, dag_id: str, run_id: str) -> tuple[str, dict[str, str]]:
        """The state in which a run ended and those of its tasks, once it has; mapped ones as `load_stretch[0]`."""

        def state() -> str | None:
            found = str(self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])
            return found if found in ENDED else None

        run_state = wait_for(state, f"the end of {dag_id} {run_id}")
        tasks = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        labels = {_label(task): str(task["state"]) for task in tasks}
        return run_state, labels

    def backfill(self, dag_id: str, day: str) -> None:
        """Run Airflow's own Backfill for one day, again where it has been run before; waits for success."""
        earlier = {run["dag_run_id"] for run in self.runs(dag_id)}
        body = {"dag_id": dag_id, "from_date": f"{day}T00:00:00Z", "to_date": f"{day}T00:00:00Z"}
        number = self.call("POST", "backfills", body | {"reprocess_behavior": "completed", "max_active_runs": 2})["id"]
        fresh = [run for run in self.runs(dag_id) if run["dag_run_id"] not in earlier and run["run_type"] == "backfill"]
        assert [run["partition_key"] for run in fresh] == [day]
        state, tasks = self.ended(dag_id, fresh[0]["dag_run_id"])
        assert state == "success", f"{tasks} {self.log(dag_id)[-2000:]}"
        # one at a time is allowed, and only every half minute Airflow looks whether one has ended; this ends it now
        if self.call("GET", f"backfills/{number}")["completed_at"] is None:
            self.call("PUT", f"backfills/{number}/cancel", gone_by=409)

    @contextmanager
    def paused(self, *dag_ids: str) -> Iterator[None]:
        """While inside, Airflow starts no task of these DAGs."""
        for dag_id in dag_ids:
            self.call("PATCH", f"dags/{dag_id}", {"is_paused": True})
        yield
        for dag_id in dag_ids:
            self.call("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def log(self, dag_id: str, run_id: str = "*", task_id: str = "*") -> str:
        """All that the logs of a DAG's runs say, task by task, as Airflow writes it: JSON lines."""
        folder = self.home / "airflow" / "logs" / f"dag_id={dag_id}"
        return "\n".join(
            path.read_text() for path in sorted(folder.glob(f"run_id={run_id}/task_id={task_id}/**/*.log"))
        )


def inherited() -> dict[str, str]:
    """The environment of this process without what would make another installation ours."""
    ours = ("KILLMART_", "AIRFLOW", "PYTEST", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def emptied(installation: Installation) -> Installation:
    """The installation with a warehouse that holds neither killmails nor what was said of any."""
    empty_warehouse(installation.runtime)
    run(installation.runtime, "DELETE FROM quality.day_coverage")
    return installation


def _label(task: Json) -> str:
    return str(task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}[{task['map_index']}]")


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = RUN_SECONDS) -> Found:
    """What `look` finds, once it finds anything; an AssertionError naming `what` where it does not come."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(1)
    return found


@contextmanager
def installed_for_many(folder: Path) -> Iterator[Installation]:
    """An installation that modules share: its upstreams publish two real days, where these are here, and the live DAG,
    which begins behind them and runs when it is told to, finds no news."""
    days = realdata.DAYS if realdata.has_days() else ()
    bodies = [realdata.day_archive_path(day) for day in days] or [_one_kill(folder)]
    count = sum(map(realdata.kills_of, days)) or 1
    settings = {
        "KILLMART_FEED": "r2z2",
        "KILLMART_R2Z2_START": str(SimulatorConfig.r2z2_first + count),
        "KILLMART_R2Z2_PAUSE": "1",  # each run looks four times for what is not there
        "KILLMART_LIVE_MINUTES": "59",
        "KILLMART_API_TOKEN": TOKEN,
    }
    with installed(folder, bodies, settings) as one:
        yield one


def _one_kill(folder: Path) -> Path:
    """A file for upstreams that publish next to nothing."""
    body = kill(1)
    file = folder / "kills.jsonl"
    file.write_text(json.dumps(body | {"killmail_hash": killmail_hash_of(body), "http_last_modified": None}) + "\n")
    return file


@contextmanager
def installed(folder: Path, bodies: list[Path], settings: dict[str, str]) -> Iterator[Installation]:
    """`make demo` with these bodies until the block ends, which leaves no process of it behind."""
    serves = [part for body in bodies for part in ("--bodies", str(body))]
    with started(folder, [sys.executable, "-m", "killmart", "demo", *serves], settings) as one:
        yield one


@contextmanager
def started(folder: Path, command: list[str], settings: dict[str, str]) -> Iterator[Installation]:
    """The installation that this command starts in a home of its own, until the block ends.

    What it says (demo.log) and Airflow's logs stay in `folder`.
    """
    with quick_folder() as base:
        try:
            with _started(base / "home", folder, command, settings) as one:
                yield one
        finally:
            if (logs := base / "home" / "airflow" / "logs").is_dir():
                shutil.copytree(logs, folder / "logs", dirs_exist_ok=True)


@contextmanager
def _started(home: Path, folder: Path, command: list[str], settings: dict[str, str]) -> Iterator[Installation]:
    port = free_port()
    environment = {**inherited(), **settings, "KILLMART_HOME": str(home), "KILLMART_PORT": str(port)}
    output = folder / "demo.log"
    with output.open("w") as file:
        demo = subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=file, stderr=file)
    runtime: Runtime | None = None
    try:

        def is_up() -> bool:
            assert demo.poll() is None, output.read_text()
            return UP in output.read_text()

        wait_for(is_up, f"the demo, see {output}", UP_SECONDS)
        runtime = Runtime(load_settings(environment), lambda conn_id: None, owner="test")  # finds the one of the folder
        yield Installation(home, f"http://127.0.0.1:{port}", runtime, demo.pid, output)
    finally:
        if runtime is not None:
            runtime.engine.dispose()
        demo.send_signal(signal.SIGTERM)
        try:
            code = demo.wait(120)
        finally:
            demo.kill()
    assert code == 0, output.read_text()
    assert processes_of(str(home)) == []


def processes_of(home: str) -> list[str]:
    """Processes whose environment names this installation."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("KILLMART_HOME") == home:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
