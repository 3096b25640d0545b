"""The main job of the demo: run the DAGs that there are for it, follow their tasks, see that nothing is left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from killmart.config.settings import PROJECT
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart_stack import ports, summary
from killmart_stack.airflow_api import RUN_ENDED, AirflowApi, Task
from killmart_stack.home import Home
from killmart_stack.keeper import SilentError, once_more
from killmart_stack.ports import patient_session
from killmart_stack.progress import say

LIVE = "killmails_live"
DAILY, BACKFILL = "killmails_daily", "killmails_backfill"
DAYS_SHOWN = 30
"""So many days up to yesterday are loaded where the upstreams publish small ones: what charts show of a month."""
BEFORE = ("reference_data",)
AFTER = ("reference_data", "marts")  # names of those whom the feed has just brought

_RUN_SECONDS = 2 * 3600.0
_IDLE_RUNS = 2  # runs without progress, after which one more will not help
_SHOWN = frozenset({"running", "success", "failed", "upstream_failed", "skipped", "up_for_retry", "awaiting_input"})
_LOG_LINES = 25


class JobError(KillmartError):
    """A DAG or what it promoted is not as it should be; the stack itself is up."""


class MainJob:
    """Drives one Airflow from outside.

    `check` starts what has died, or raises; `recover` waits until all answers again, or raises.
    """

    def __init__(
        self,
        api: AirflowApi,
        home: Home,
        warehouse: Runtime,
        check: Callable[[], None],
        simulator: str | None = None,
        recover: Callable[[], None] = lambda: None,
    ) -> None:
        self._api = api
        self._home = home
        self._warehouse = warehouse
        self._check = check
        self._simulator = simulator
        self._recover = recover
        self._judged: dict[str, set[str]] = {}
        # runs by DAG that ended before our time, or that we have followed

    def wait_until_parsed(self, seconds: float = 120) -> None:
        """Wait for the DAG of every file in dags/; raises JobError with the reason where one cannot be imported."""
        expected = {file.stem.removesuffix("_dag") for file in (PROJECT / "dags").glob("*_dag.py")}
        deadline = time.monotonic() + seconds
        while missing := expected - self._api.dag_ids():
            self._check()
            errors = self._api.import_errors()
            if errors:
                reasons = "\n".join(f"{name}: {trace.strip()}" for name, trace in errors.items())
                raise JobError(f"Airflow cannot import every DAG:\n{reasons}")
            if time.monotonic() > deadline:
                raise JobError(
                    f"Airflow found no DAG {', '.join(missing)} within {seconds:.0f} s; see logs/dag-processor.log."
                )
            time.sleep(1)

    def run(self, until_dry: bool, with_days: bool = False) -> None:
        """Run each DAG of the demo once, `killmails_live` until the feed is dry where that is asked for.

        `with_days` loads the last month as well, at whatever hour. Raises JobError naming the failed task with the end
        of its log, or what is left.
        """
        present = self._api.dag_ids()
        self._judged = {dag_id: set(self._api.runs(dag_id)) - self._active(dag_id) for dag_id in present}
        for dag_id in (*BEFORE, LIVE):
            if dag_id in present:
                self._run_dag(dag_id)
        if until_dry:
            self._drain()
        days = present & {BACKFILL, DAILY} if with_days else set()
        if BACKFILL in days:
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            first = yesterday - timedelta(days=DAYS_SHOWN - 1)
            self._follow(BACKFILL, self._api.trigger(BACKFILL, {"first_day": str(first), "last_day": str(yesterday)}))
        for dag_id in AFTER:
            if dag_id in present:
                self._run_dag(dag_id)
        if until_dry:
            self._finish_others(present & {*BEFORE, LIVE, *AFTER} | days)

    def _drain(self) -> None:
        idle = 0
        left = once_more(self._left, self._recover)
        while left:
            self._run_dag(LIVE)
            before, left = left, once_more(self._left, self._recover)
            idle = idle + 1 if left >= before else 0
            if idle == _IDLE_RUNS:
                raise JobError(f"{LIVE} makes no progress: {left} killmails are left in the feed or due in staging.")
        if once_more(lambda: summary.promoted(self._warehouse), self._recover) == 0:
            raise JobError(f"Every run of {LIVE} succeeded, but no killmail was promoted.")

    def _left(self) -> int:
        """Killmails still in the simulator's first load for us, or due in staging."""
        due = summary.due(self._warehouse)
        if self._simulator is None:
            return due
        try:
            answer = patient_session().get(f"{self._simulator}/_sim/status", timeout=ports.ANSWER_SECONDS)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise SilentError(f"The simulated upstreams do not answer, asked several times ({error}).") from error
        queues: dict[str, int] = answer.json()["first_load_left"]
        # no queue yet means that nobody has asked for anything: all of it is left
        return due + sum(queues.values()) if queues else due + 1

    def _run_dag(self, dag_id: str) -> None:
        """Follow the run that the schedule has started already, or one of our own, to its end."""
        run_id = next(iter(self._active(dag_id)), None) or self._api.trigger(dag_id)
        self._follow(dag_id, run_id)

    def _active(self, dag_id: str) -> set[str]:
        return {run_id for run_id, state in self._api.runs(dag_id).items() if state not in RUN_ENDED}

    def _finish_others(self, dag_ids: set[str]) -> None:
        """Follow the runs that the schedule or an asset started meanwhile; all have to succeed."""
        for dag_id in sorted(dag_ids):
            for run_id in self._api.runs(dag_id).keys() - self._judged[dag_id]:
                self._follow(dag_id, run_id)

    def _follow(self, dag_id: str, run_id: str) -> None:
        seen: dict[str, str] = {}
        started = time.monotonic()
        while True:
            self._check()
            ended = self._api.run_state(dag_id, run_id) in RUN_ENDED
            tasks = self._api.tasks(dag_id, run_id)
            for task in tasks:
                if seen.get(task.label) != task.state and task.state in _SHOWN:
                    say(f"  {dag_id}.{task.label}: {_outcome(task)}")
                seen[task.label] = task.state
            if ended:
                break
            if time.monotonic() - started > _RUN_SECONDS:
                raise JobError(f"Run {run_id} of {dag_id} has not ended within {_RUN_SECONDS / 3600:.0f} h.")
            time.sleep(1)
        self._judged.setdefault(dag_id, set()).add(run_id)
        self._refuse_failed(dag_id, run_id, tasks)

    def _refuse_failed(self, dag_id: str, run_id: str, tasks: list[Task]) -> None:
        failed = [task for task in tasks if task.state == "failed"]
        if failed:
            logs = "\n\n".join(_task_log(_log_file(self._home, dag_id, run_id, task)) for task in failed)
            names = ", ".join(f"{dag_id}.{task.label}" for task in failed)
            raise JobError(f"The task {names} failed in run {run_id}. The end of its log:\n{logs}")
        if self._api.run_state(dag_id, run_id) == "failed":
            raise JobError(f"Run {run_id} of {dag_id} failed, though none of its tasks did.")


def _outcome(task: Task) -> str:
    if task.seconds is None or task.state == "running":
        return task.state
    return f"{task.state} after {task.seconds:.1f} s"


def _log_file(home: Home, dag_id: str, run_id: str, task: Task) -> Path:
    folder = home.airflow / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task.task_id}"
    if task.map_index >= 0:
        folder /= f"map_index={task.map_index}"
    return folder / f"attempt={task.try_number}.log"


def _task_log(path: Path) -> str:
    """The end of a task's log, whose lines Airflow writes as JSON, as text for people."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as error:
        return f"{path}: {error.strerror}"
    shown = [text for line in lines for text in _readable(line)]
    return "\n".join([f"{path}:", *shown[-_LOG_LINES:]])


def _readable(line: str) -> list[str]:
    try:
        entry = json.loads(line)
        text = f"{entry.get('timestamp', '')[:19]} {entry.get('level', '')} {entry.get('event', '')}"
        return [text, *map(_cause, entry.get("error_detail") or [])]
    except (ValueError, AttributeError):
        return [line]


def _cause(error: dict[str, Any]) -> str:
    where = "".join(f" ({frame.get('filename')}:{frame.get('lineno')})" for frame in (error.get("frames") or [])[-1:])
    return f"  {error.get('exc_type')}: {error.get('exc_value')}{where}"
