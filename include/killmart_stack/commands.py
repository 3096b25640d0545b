"""The commands that run Killmart without containers (`demo`, `live`, `db`, …), and those of its developers."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Annotated, NoReturn

import psutil
import typer

from killmart.config.settings import load_settings
from killmart.errors import ConfigurationError, KillmartError
from killmart_stack.backups import backup, restore
from killmart_stack.home import Home
from killmart_stack.instance import running_instance
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import end_leftovers
from killmart_stack.progress import say
from killmart_stack.warehouse import embedded_warehouse

app = typer.Typer()
app.command()(backup)
app.command()(restore)

_SUPERVISOR_SECONDS = 60


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="End when the first load is dry.")] = False,
    bodies: Annotated[list[Path] | None, typer.Option(help="Replay these real killmails.")] = None,
) -> None:
    """Start PostgreSQL, simulated upstreams and Airflow, and run the main job (make demo)."""
    from killmart_stack.supervisor import run_demo

    raise typer.Exit(run_demo(once, list(bodies or ())))


@app.command()
def live() -> None:
    """The same against the real services (make live)."""
    from killmart_stack.supervisor import run_live

    raise typer.Exit(run_live())


@app.command()
def db() -> None:
    """Start the embedded PostgreSQL in the background, migrate it, print the DSN of its owner (make db)."""
    print(db_up())


def db_up() -> str:
    """Start the embedded PostgreSQL in the background, migrate the warehouse, return its DSN (`postgresql://…`)."""
    settings = load_settings()
    postgres = EmbeddedPostgres(settings.home_path)
    postgres.start()
    embedded_warehouse(settings).migrate()
    return postgres.dsn()


@app.command()
def down() -> int:
    """Stop everything that runs from this KILLMART_HOME (make down)."""
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


@app.command(context_settings={"ignore_unknown_options": True})
def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="What psql shall get as well.")] = None,
) -> NoReturn:
    """Open psql on the warehouse of this installation (make psql)."""
    postgres = EmbeddedPostgres(load_settings().home_path)
    if not postgres.is_running():
        raise KillmartError(f"No PostgreSQL runs from {postgres.home.path}: start it with `make db`.")
    program = str(postgres.binary("psql"))
    os.execv(program, [program, postgres.dsn(), *(arguments or [])])


@app.command()
def dsn() -> None:
    """Print the DSN of the running embedded PostgreSQL, for its owner; nothing and exit 1 where none runs."""
    postgres = EmbeddedPostgres(load_settings().home_path)
    if not postgres.is_running():
        raise typer.Exit(1)
    print(postgres.dsn())


@app.command()
def revision(name: Annotated[str, typer.Argument(help="What it is about, such as season.")]) -> None:
    """Begin a revision of the warehouse: its file in migrations/versions, and the folder of its SQL."""
    from killmart.db.migrate import write_revision

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigurationError(
            f"A revision is named by small letters, digits and underscores, which {name!r} is not."
        )
    for path in write_revision(name):
        print(f"Made {path}.")


@app.command()
def model() -> None:
    """Write schema.prisma, docs/data-model.md, migrations/head.sql and the API's marts.json (make model)."""
    from killmart.describe.files import write_files

    with tempfile.TemporaryDirectory(prefix="killmart-model-") as home:
        postgres = EmbeddedPostgres(Path(home))
        postgres.start()
        try:
            warehouse = embedded_warehouse(load_settings({"KILLMART_HOME": home}))
            warehouse.migrate()
            for file in write_files(warehouse.engine, postgres.binary("pg_dump"), postgres.dsn()):
                print(f"Wrote {file}.")
            warehouse.engine.dispose()
        finally:
            postgres.stop()


def _end(supervisor: psutil.Process) -> None:
    try:
        supervisor.terminate()
        supervisor.wait(_SUPERVISOR_SECONDS)
    except psutil.TimeoutExpired:
        supervisor.kill()
        supervisor.wait(5)
    except psutil.NoSuchProcess:
        return
