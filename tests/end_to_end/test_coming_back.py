"""The service as systemd starts it: its parts are killed and come back, PostgreSQL is, and health checks tell."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import yaml

from killmart.config.connections import PUBLIC_URLS
from killmart.config.settings import PROJECT
from killmart_demo.app import running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_stack.ports import local_session
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_account import choose_account
from support.stack_installation import TOKEN, Installation, inherited, processes_of, started, wait_for
from support.systemd_unit import unit_command, unit_values

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

CHECKS: dict[str, list[str]] = {
    name: service["healthcheck"]["test"]
    for name, service in yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())["services"].items()
    if service["image"] == "killmart" and "healthcheck" in service
}
JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
PARTS = ("api-server", *JOBS)


def real_services(simulator: str) -> dict[str, str]:
    """Settings of a service whose upstreams are at this address instead of theirs."""
    return {
        **{f"AIRFLOW_CONN_{name.upper()}": f"{simulator}/{name}" for name in PUBLIC_URLS},
        "KILLMART_API_TOKEN": TOKEN,
        "KILLMART_CONTACT": "tests@example.org",
        "KILLMART_R2Z2_START": str(SimulatorConfig.r2z2_first),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "true",  # as the compose file has it
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One that is up; at the end it gets SIGTERM, has to exit with 0 and to leave no process behind."""
    with running(SimulatorConfig(kills=40, days=DayOptions(day_kills=100))) as simulator:
        settings = real_services(simulator.url)
        with started(tmp_path_factory.mktemp("service"), unit_command(), settings) as one:
            yield one


def part(service: Installation, name: str) -> psutil.Process | None:
    """The process of a part that runs."""
    for process in psutil.Process(service.supervisor).children():
        try:
            if process.environ().get("KILLMART_STACK_CHILD") == name:
                return process
        except psutil.Error:  # it has just ended
            continue
    return None


def running_part(service: Installation, name: str) -> psutil.Process:
    found = part(service, name)
    assert found is not None, name
    return found


def is_healthy(service: Installation) -> bool:
    """Whether Airflow says so of all its parts."""
    try:
        answer = local_session().get(f"{service.url}/api/v2/monitor/health", timeout=10)
        return answer.ok and {found["status"] for found in answer.json().values()} == {"healthy"}
    except OSError:
        return False


def check(service: Installation, name: str) -> tuple[int, str]:
    """What the compose file's health check of a container comes to here: the exit code, and what it says."""
    kind, *words = CHECKS[name]
    assert kind == "CMD"
    health_port = "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT"
    scheduler = running_part(service, "scheduler").environ()[health_port]
    here = {"http://api-server:8080": service.url, "http://127.0.0.1:8080": service.url, ":8974/": f":{scheduler}/"}
    line = shlex.join(words)
    for address, ours in here.items():
        line = line.replace(address, ours)
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout.strip() + done.stderr.strip()


def set_heartbeat_back(service: Installation, job: str) -> None:
    """As if the part's latest sign of life were an hour old."""
    connection = psycopg2.connect(EmbeddedPostgres(service.home).dsn("airflow"))
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE job SET latest_heartbeat = latest_heartbeat - interval '1 hour' WHERE job_type = %s", (job,)
        )
        assert cursor.rowcount > 0
    connection.close()


def work_goes_on(service: Installation) -> None:
    """A run of a DAG succeeds, and a page answers from the warehouse."""
    assert service.ended("killmails_live", service.trigger("killmails_live", {}))[0] == "success"
    address = f"{service.url}/killmart/api/v1/coverage"
    answer = local_session().get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", PARTS)
def test_the_health_check_of_a_container_tells_a_stopped_part_from_one_that_works(
    service: Installation, name: str
) -> None:
    wait_for(lambda: is_healthy(service), "a healthy Airflow")
    assert check(service, name) == (0, "healthy")
    stopped = running_part(service, name)
    stopped.suspend()
    try:
        if name in JOBS:
            set_heartbeat_back(service, JOBS[name])
        code, said = check(service, name)
    finally:
        stopped.resume()
    assert code == 1
    assert "not healthy" in said or "answers 503" in said or "gives no answer" in said, said
    wait_for(lambda: check(service, name)[0] == 0, f"a healthy {name}")


def test_the_service_asks_where_its_connections_lead(service: Installation) -> None:
    """The supervisor too, which tells what history would take."""
    said = service.output.read_text()
    assert "History is not loaded" in said
    assert "no totals" not in said  # else somebody asked the real services


def test_killed_parts_come_back(service: Installation) -> None:
    before = {name: running_part(service, name) for name in PARTS}
    for process in before.values():
        process.kill()

    def are_back() -> bool:
        found = {name: part(service, name) for name in PARTS}
        return all(found[name] not in (None, before[name]) for name in PARTS)

    wait_for(are_back, "other processes")
    wait_for(lambda: is_healthy(service), "a healthy Airflow")
    for name in PARTS:  # of which Airflow goes by their last sign of life for a while
        wait_for(lambda name=name: check(service, name) == (0, "healthy"), f"a healthy {name}")  # type: ignore[misc]
        said = rf"Airflow's {name} ended \(killed by SIGKILL\); it is started again in \d+ s\."
        assert re.search(said, service.output.read_text())
    work_goes_on(service)


def test_a_killed_postgres_is_told_by_the_check_and_comes_back(service: Installation) -> None:
    postgres = EmbeddedPostgres(service.home)
    supervisor = psutil.Process(service.supervisor)
    supervisor.suspend()  # else it would be back before anybody looks
    try:
        os.kill(int((postgres.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        wait_for(lambda: not postgres.is_running(), "the end of PostgreSQL")
        code, said = check(service, "api-server")
    finally:
        supervisor.resume()
    assert (code, said) == (1, 'metadatabase is not healthy: {"status": "unhealthy"}')
    wait_for(lambda: is_healthy(service), "a healthy Airflow")
    assert "PostgreSQL ended (its process is gone); it is started again" in service.output.read_text()
    work_goes_on(service)


def test_a_restart_of_postgres_by_hand_is_survived(service: Installation) -> None:
    postgres = EmbeddedPostgres(service.home)
    account = choose_account()
    environment = inherited() | {"PGDATA": str(postgres.data), "LC_ALL": "C"}
    restart: list[str | Path] = [postgres.binary("pg_ctl"), "-w", "-m", "fast", "restart"]
    # where the supervisor was quicker to start it, there was a server to restart all the same
    account.run(restart, service.home / "logs" / "restart.log", environment)
    wait_for(postgres.is_running, "PostgreSQL")
    wait_for(lambda: is_healthy(service), "a healthy Airflow")
    work_goes_on(service)


def test_a_stop_before_all_is_up_leaves_nothing_behind(tmp_path: Path) -> None:
    """And the unit takes the exit code for what it is."""
    home = tmp_path / "home"
    environment = inherited() | real_services("http://127.0.0.1:1") | {"KILLMART_HOME": str(home), "KILLMART_PORT": "0"}
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(unit_command(), env=environment, cwd=PROJECT, stdout=out, stderr=out)
    wait_for(lambda: "Migrating Airflow's database" in (tmp_path / "out").read_text(), "the start")
    process.terminate()
    code = process.wait(120)
    assert [str(code)] == unit_values("SuccessExitStatus")
    assert processes_of(str(home)) == []
    assert not EmbeddedPostgres(home).is_running()


def test_a_bad_setting_is_no_reason_to_try_again(tmp_path: Path) -> None:
    environment: dict[str, Any] = inherited() | {"KILLMART_HOME": str(tmp_path / "home"), "KILLMART_PORT": "many"}
    done = subprocess.run(unit_command(), env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert [str(done.returncode)] == unit_values("RestartPreventExitStatus")
    assert "KILLMART_PORT" in done.stderr
