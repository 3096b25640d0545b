"""Airflow's REST API, as far as the supervisor needs it: log in, pools, trigger runs and follow them.

On a busy machine an answer may be slow or fail once, so every call is made again, and each may be made twice: what it
makes has a name of our choice, and 409 (it is there) is as good as having made it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from killmart.errors import KillmartError
from killmart_stack import ports
from killmart_stack.keeper import SilentError, once_more
from killmart_stack.ports import local_session, patient_session

_THERE = 409
_BROKEN = 500

RUN_ENDED = frozenset({"success", "failed"})


@dataclass(frozen=True)
class Task:
    """A task instance, one mapped index of one task."""

    task_id: str
    map_index: int
    state: str
    try_number: int
    seconds: float | None

    @property
    def label(self) -> str:
        """The task's id, with its index where it is mapped."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class AirflowApi:
    """A session with one Airflow; methods raise KillmartError naming the route where Airflow refuses."""

    def __init__(self, url: str, user: str, password: str, recover: Callable[[], None] = lambda: None) -> None:
        """`recover` waits until an Airflow that did not answer does again, or raises; then it is asked once more."""
        self._url = url
        self._recover = recover
        self._login = {"username": user, "password": password}
        self._session = patient_session()
        self._probe = local_session()  # asked again by those who wait for it

    def answers(self) -> bool:
        """Whether the API answers and its database works."""
        return self._are_healthy("metadatabase")

    def is_healthy(self) -> bool:
        """Whether also every other part whose light Airflow's home shows sends heartbeats."""
        return self._are_healthy("metadatabase", "scheduler", "dag_processor", "triggerer")

    def _are_healthy(self, *needed: str) -> bool:
        try:
            answer = self._probe.get(f"{self._url}/api/v2/monitor/health", timeout=ports.ANSWER_SECONDS)
            parts = answer.json() if answer.ok else {}
        except (requests.RequestException, ValueError):
            return False
        return all((parts.get(part) or {}).get("status") == "healthy" for part in needed)

    def dag_ids(self) -> set[str]:
        """The DAGs that are parsed and active."""
        return {dag["dag_id"] for dag in self._call("GET", "dags?limit=100")["dags"]}

    def import_errors(self) -> dict[str, str]:
        """DAG files that cannot be imported, with the reason of each."""
        errors = self._call("GET", "importErrors?limit=100")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in errors}

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Make a pool where there is none of that name; one that somebody resized stays."""
        if name not in {pool["name"] for pool in self._call("GET", "pools?limit=100")["pools"]}:
            body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
            self._call("POST", "pools", body)

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run now, with these params, and return its id."""
        run_id = f"manual__{uuid.uuid4()}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        self._call("POST", f"dags/{dag_id}/dagRuns", body)
        return run_id

    def runs(self, dag_id: str) -> dict[str, str]:
        """State by id of the DAG's latest 100 runs, newest first."""
        runs = self._call("GET", f"dags/{dag_id}/dagRuns?limit=100&order_by=-run_after")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in runs}

    def run_state(self, dag_id: str, run_id: str) -> str:
        """State of a run: queued, running, success or failed."""
        return str(self._call("GET", f"dags/{dag_id}/dagRuns/{quote(run_id)}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> list[Task]:
        """The task instances of a run, those without a state as `none`."""
        path = f"dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances?limit=1000"
        return [
            Task(task["task_id"], task["map_index"], task["state"] or "none", task["try_number"], task["duration"])
            for task in self._call("GET", path)["task_instances"]
        ]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return once_more(lambda: self._ask(method, path, body), self._recover)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        route = f"{method} /api/v2/{path}"
        try:
            answer = self._send(method, path, body)
        except requests.RequestException as error:
            raise SilentError(
                f"Airflow does not answer {route}, asked several times ({error}). Is the machine very busy? What has "
                "run so far is kept: start it again."
            ) from error
        if not answer.ok and answer.status_code != _THERE:
            refusal = SilentError if answer.status_code >= _BROKEN else KillmartError
            raise refusal(f"Airflow answered {route} with {answer.status_code}: {answer.text[:500]}")
        return answer.json()

    def _send(self, method: str, path: str, body: Any) -> requests.Response:
        url = f"{self._url}/api/v2/{path}"
        if "Authorization" not in self._session.headers:
            self._log_in()
        answer = self._session.request(method, url, json=body, timeout=ports.ANSWER_SECONDS)
        if answer.status_code == 401:  # the token has expired
            self._log_in()
            answer = self._session.request(method, url, json=body, timeout=ports.ANSWER_SECONDS)
        return answer

    def _log_in(self) -> None:
        answer = self._session.post(f"{self._url}/auth/token", json=self._login, timeout=ports.ANSWER_SECONDS)
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
