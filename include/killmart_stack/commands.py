"""`make db`, `make down` and `make psql`."""

from __future__ import annotations

import os
from typing import NoReturn

import psutil

from killmart.config.settings import load_settings
from killmart.errors import KillmartError
from killmart_stack.home import Home
from killmart_stack.instance import running_instance
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import end_leftovers
from killmart_stack.progress import say
from killmart_stack.warehouse import migrate_warehouse

_SUPERVISOR_SECONDS = 60


def db_up() -> str:
    """Start the embedded PostgreSQL in the background, migrate the warehouse, return its DSN (`postgresql://…`)."""
    postgres = EmbeddedPostgres(load_settings().home_path)
    postgres.start()
    migrate_warehouse(postgres)
    return postgres.dsn()


def down() -> int:
    """Stop whatever runs from this KILLMART_HOME and say what it was; returns 0, also where nothing ran."""
    home = Home(load_settings().home_path)
    home.refuse_foreign()
    stopped = []
    instance = running_instance(home)
    supervisor = instance.process() if instance else None
    if supervisor:
        say(f"Stopping the supervisor (process {supervisor.pid}) …")
        _end(supervisor)
        stopped.append("the supervisor with all it ran")
    left = end_leftovers(home)
    if left:
        stopped.append(f"{left} processes that were left behind")
    if EmbeddedPostgres(home.path).stop():
        stopped.append("PostgreSQL")
    say(f"Stopped {', '.join(stopped)} of {home.path}." if stopped else f"Nothing was running from {home.path}.")
    return 0


def psql(arguments: list[str]) -> NoReturn:
    """Become psql on the warehouse, with more of its arguments; raises KillmartError where the database is down."""
    postgres = EmbeddedPostgres(load_settings().home_path)
    if not postgres.is_running():
        raise KillmartError(f"No PostgreSQL runs from {postgres.home.path}: start it with `make db`.")
    program = str(postgres.binary("psql"))
    os.execv(program, [program, postgres.dsn(), *arguments])


def _end(supervisor: psutil.Process) -> None:
    try:
        supervisor.terminate()
        supervisor.wait(_SUPERVISOR_SECONDS)
    except psutil.TimeoutExpired:
        supervisor.kill()
        supervisor.wait(5)
    except psutil.NoSuchProcess:
        return
