"""The commands `backup` and `restore`: the warehouse of this installation, or the one that a connection names."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from killmart.cli.show import Json, progress_bar, show
from killmart.config.connections import connection_from_environment, database_url
from killmart.config.settings import load_settings
from killmart_stack.instance import only_instance
from killmart_stack.postgres import EmbeddedPostgres, major_version
from killmart_stack.postgres_files import ADMIN
from killmart_stack.signals import Signals, Stopped

Jobs = Annotated[int, typer.Option(help="Processes at work at once.", min=1, max=32)]
_JOBS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Server:
    """The server of the warehouse: the URL of that database, and where its programs are."""

    url: str
    find: Callable[[str], Path]


def backup(
    file: Annotated[str, typer.Argument(help="A file; or a folder, where it ends with a slash or is one.")],
    jobs: Jobs = _JOBS,
    json: Json = False,
) -> None:
    """Write the warehouse into a file, or by several processes into a folder (make backup)."""
    from killmart.db.backup import back_up

    _refuse_nameless(file)
    with _stoppable(), _server() as server, progress_bar("tables") as progress:
        show(back_up(server.url, server.find, file, jobs, progress), json)


def restore(
    file: Annotated[str, typer.Argument(help="What `backup` wrote.")], jobs: Jobs = _JOBS, json: Json = False
) -> None:
    """Bring a backup into an empty warehouse, or where none is yet (make restore)."""
    from killmart.db.restore import restore as restore_backup

    _refuse_nameless(file)
    with _stoppable(), _server(alone=True) as server, progress_bar("entries") as progress:
        show(restore_backup(server.url, server.find, file, jobs, progress), json)


@contextmanager
def _server(*, alone: bool = False) -> Iterator[Server]:
    """The server that the connections name, or the embedded one as its administrator, started where it does not run.

    With `alone` nobody can start Airflow from this home meanwhile.
    """
    settings = load_settings()
    postgres = EmbeddedPostgres(settings.home_path)
    connection = connection_from_environment("warehouse_owner") or connection_from_environment("warehouse")
    if connection is not None:
        yield Server(database_url(connection), lambda name: installed_program(name, postgres))
        return
    postgres.home.prepare()
    with only_instance(postgres.home) if alone else nullcontext():
        postgres.start()
        yield Server(database_url(postgres.connection(role=ADMIN)), postgres.binary)


def installed_program(name: str, postgres: EmbeddedPostgres) -> Path:
    """A program of PostgreSQL that is installed, unless it is older than ours: it may know TLS, or a newer server."""
    found, ours = shutil.which(name), postgres.binary(name)
    if found and int(major_version(Path(found))) >= int(major_version(ours)):
        return Path(found)
    return ours


def _refuse_nameless(file: str) -> None:
    if not file.strip():
        raise typer.BadParameter("Name the file or folder: make backup FILE=killmart.dump")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have a signal end the work in order: PostgreSQL's programs first, then what they have left half done."""
    try:
        with Signals():
            yield
    except Stopped as stopped:
        print("killmart: Stopped. Nothing half done is left; the same command begins anew.", file=sys.stderr)
        raise typer.Exit(128 + stopped.number) from None
