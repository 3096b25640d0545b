"""`make demo` and `make live`: starts PostgreSQL, the simulator and Airflow, runs the main job, stops all of it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from killmart.config.connections import refuse_bad_connections
from killmart.config.settings import Settings, load_settings
from killmart.errors import ConfigurationError, KillmartError
from killmart.load.first_load import offer_history
from killmart_stack import summary
from killmart_stack.airflow_api import AirflowApi
from killmart_stack.airflow_env import USER, Ports, airflow_environment, choose_ports, demo_environment, password, pools
from killmart_stack.home import Home
from killmart_stack.instance import only_instance
from killmart_stack.keeper import Keeper, once_more
from killmart_stack.main_job import JobError, MainJob
from killmart_stack.ports import free_port, is_free, local_session
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import Child, Children, end_leftovers, program
from killmart_stack.progress import say, step
from killmart_stack.signals import Signals, Stopped
from killmart_stack.warehouse import embedded_warehouse

_UP_SECONDS = 240  # on a machine that has other things to do; one that has ended is noticed at once
_DAY_KILLS = 200
"""Killmails of a day in the demo: enough for charts of a month, few enough to load a month in a minute."""


@dataclass(frozen=True)
class Plan:
    """What a stack is started for."""

    simulated: bool
    once: bool = False
    bodies: tuple[Path, ...] = ()

    @property
    def has_days(self) -> bool:
        """Whether the upstreams publish every day up to yesterday, and small ones."""
        return self.simulated and not self.bodies

    def simulator_command(self, port: int) -> list[str]:
        """Command line of the simulated upstreams on `port`."""
        serves = [part for body in self.bodies for part in ("--bodies", str(body))]
        if not self.bodies:
            serves = ["--day-kills", str(_DAY_KILLS)]
            if not self.once:
                serves.append("--trickle")  # whoever stays to look sees new killmails arrive
        return [sys.executable, "-m", "killmart", "simulate", "--port", str(port), *serves]


def run_demo(once: bool, bodies: list[Path]) -> int:
    """Run the whole stack against the simulator, until Ctrl-C or, with `once`, until the first load is promoted.

    `bodies` are files of real killmails to replay. Returns 0, or 1 where something failed (said on standard
    error), 2 where a setting is bad, 128 + signal where it was stopped before the main job was done.
    """
    return _run(Plan(simulated=True, once=once, bodies=tuple(body.resolve() for body in bodies)))


def run_live() -> int:
    """Run the whole stack against the real services, until Ctrl-C. Returns what `run_demo` returns."""
    try:
        if not load_settings().contact:
            raise ConfigurationError(
                "KILLMART_CONTACT is missing: the services want to know whom to reach; set it to an e-mail address "
                "or the name of an EVE character, then run `make live` again."
            )
    except ConfigurationError as error:
        return _complain(error)
    return _run(Plan(simulated=False))


def _run(plan: Plan) -> int:
    try:
        missing = [str(body) for body in plan.bodies if not body.is_file()]
        if missing:
            raise ConfigurationError(f"BODIES names files that are not there: {', '.join(missing)}.")
        refuse_bad_connections(optional=True)
        settings = load_settings()
        home = Home(settings.home_path)
        home.prepare()
        ports = choose_ports(settings.port)
        with only_instance(home, f"http://127.0.0.1:{ports.ui}"), Signals() as signals:
            count = end_leftovers(home)
            if count:
                say(f"Ended {count} processes that an earlier start had left behind.")
            _refuse_taken(ports.ui)
            return Stack(plan, settings, home, ports, signals).run()
    except KillmartError as error:
        return _complain(error)
    except Stopped as stopped:
        return 128 + stopped.number


def _complain(error: KillmartError) -> int:
    print(f"killmart: {error}", file=sys.stderr, flush=True)
    return 2 if isinstance(error, ConfigurationError) else 1


def _refuse_taken(port: int) -> None:
    if not is_free(port):
        raise KillmartError(
            f"Port {port}, where Airflow's UI should be, is taken by another program: "
            f"choose a free one, for example KILLMART_PORT={free_port()}."
        )


class Stack:
    """Everything that one supervisor runs."""

    def __init__(self, plan: Plan, settings: Settings, home: Home, ports: Ports, signals: Signals) -> None:
        self._plan = plan
        self._settings = settings
        self._home = home
        self._ports = ports
        self._signals = signals
        self._children = Children(home)
        self._keeper = Keeper(home.logs, signals.held)
        self._postgres = EmbeddedPostgres(home.path)
        self._warehouse = embedded_warehouse(settings)
        self._owns_postgres = False
        self._is_up = False
        self._url = f"http://127.0.0.1:{ports.ui}"
        self._simulator = f"http://127.0.0.1:{ports.simulator}" if plan.simulated else None
        self._api = AirflowApi(self._url, USER, password(home), self._recover)

    def run(self) -> int:
        """Start all, do the main job, stay up unless the plan says once, stop all; returns the exit code."""
        code = 1
        try:
            try:
                self._start()
                code = self._main_job()
                if not self._plan.once:
                    self._stay_up()
            finally:
                self._signals.ignore()
        except Stopped as stopped:
            say(f"Stopping ({signal.Signals(stopped.number).name}) …")
            code = code if self._is_up else 128 + stopped.number
        except KillmartError as error:
            code = _complain(error)
        finally:
            self._stop()
        return code

    def _start(self) -> None:
        with step("Starting PostgreSQL"), self._signals.held():
            self._owns_postgres = not self._postgres.is_running()
            self._postgres.start()
        self._keeper.keep(self._postgres)
        with step("Migrating the warehouse"):
            self._warehouse.migrate()
        environment = self._environment()
        if self._simulator:
            with step("Starting the simulated upstreams"):
                command = self._plan.simulator_command(self._ports.simulator)
                self._keeper.keep(self._spawn("simulator", "The simulator", command, environment))
                self._keeper.wait_for("The simulator did not answer", self._simulator_answers, _UP_SECONDS)
        with step("Migrating Airflow's database"):
            migration = [program("airflow"), "db", "migrate"]
            self._children.finish(self._spawn("airflow-db-migrate", "`airflow db migrate`", migration, environment))
        with step(f"Starting Airflow at {self._url}"):
            self._keep_airflow("dag-processor", environment)
            self._keep_airflow("api-server", environment)
            # a task of a run that is due already needs the API: before it is there, the scheduler starts nothing
            self._keeper.wait_for("Airflow's API did not come up", self._api.answers, _UP_SECONDS)
            self._keep_airflow("scheduler", environment, may_start=self._api.answers)
            self._keep_airflow("triggerer", environment, "--skip-serve-logs")  # else it listens on every address
            self._keeper.wait_for("Airflow did not come up", self._api.is_healthy, _UP_SECONDS)
            for name, pool in pools().items():
                self._api.make_pool(name, pool["slots"], pool["description"])

    def _keep_airflow(
        self, component: str, environment: dict[str, str], *options: str, may_start: Callable[[], bool] = lambda: True
    ) -> None:
        command = [program("airflow"), component, *options]
        self._keeper.keep(self._spawn(component, f"Airflow's {component}", command, environment), may_start)

    def _spawn(self, name: str, title: str, command: list[str], environment: dict[str, str]) -> Child:
        with self._signals.held():
            return self._children.spawn(name, title, command, environment)

    def _environment(self) -> dict[str, str]:
        environment = airflow_environment(self._home, self._postgres, self._ports)
        if self._simulator:
            return demo_environment(environment, self._simulator)
        return {**environment, "KILLMART_FEED": environment.get("KILLMART_FEED") or "r2z2"}

    def _recover(self) -> None:
        """Wait until all that the main job asks answers again; raises KillmartError where it does not."""
        self._keeper.wait_for("What had ended did not come back", self._answer_again, _UP_SECONDS)

    def _answer_again(self) -> bool:
        return self._api.answers() and (self._simulator is None or self._simulator_answers())

    def _simulator_answers(self) -> bool:
        try:
            return local_session().get(f"{self._simulator}/_sim/status", timeout=5).ok
        except requests.RequestException:
            return False

    def _main_job(self) -> int:
        """Run the DAGs and say what came of it; a failure ends a `once`, else the UI stays up to look into it."""
        job = MainJob(self._api, self._home, self._warehouse, self._keeper.check, self._simulator, self._recover)
        failure: JobError | None = None
        try:
            with step("Waiting for the DAGs"):
                job.wait_until_parsed()
            with step("Running the DAGs"):
                job.run(until_dry=self._plan.once, with_days=self._plan.has_days)
        except JobError as error:
            failure = error
        for line in (*once_more(self._describe, self._recover), *self._where_to_look()):
            say(line)
        self._is_up = True
        return _complain(failure) if failure else 0

    def _describe(self) -> list[str]:
        return [*summary.describe(self._warehouse), *self._how_to_get_history()]

    def _how_to_get_history(self) -> list[str]:
        """What a user of the real services is told where no history is there; simulated days load by themselves."""
        if self._plan.simulated:
            return []
        return [line for line in (offer_history(self._warehouse),) if line is not None]

    def _where_to_look(self) -> list[str]:
        return [
            f"Airflow    {self._url}  user {USER}, password {password(self._home)} (from {self._home.passwords})",
            f"Warehouse  {self._postgres.dsn()}  (make psql)",
            f"Logs       {self._home.logs}",
        ]

    def _stay_up(self) -> None:
        say("Everything stays up; Ctrl-C stops it.")
        while True:
            self._keeper.check()
            time.sleep(1)

    def _stop(self) -> None:
        with step("Stopping everything"):
            self._children.stop()
            if self._owns_postgres:
                self._postgres.stop()
