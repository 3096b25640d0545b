"""`killmart readers`: who may read the warehouse with a name and a password of their own."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Annotated

import typer

from killmart.cli.show import Json, show, show_rows
from killmart.db import readers as stored
from killmart.runtime import runtime_from_environment

readers = typer.Typer(no_args_is_help=True, help="Who may read the warehouse: people and programs.")

ReaderName = Annotated[str, typer.Argument(help="Name of the role, in any letters.")]


@readers.command("list")
def list_readers(json: Json = False) -> None:
    """List them, with their open sessions."""
    with runtime_from_environment().owner_engine.connect() as connection:
        found = [asdict(one) for one in stored.readers(connection)]
    if json:
        show({"readers": found}, json)
    elif found:
        show_rows(found, ("name", "sessions", "most_sessions"), most=len(found))
    else:
        print("Nobody was made a reader.")


@readers.command()
def add(
    name: ReaderName,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one up.")] = False,
    json: Json = False,
) -> None:
    """Let somebody read, and print the password, which nobody can look up later."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else secrets.token_urlsafe(24)
    with runtime_from_environment().owner_engine.begin() as connection:
        stored.add_reader(connection, name, password)
    made = {"name": name} if ask else {"name": name, "password": password}
    if json:
        show(made, json)
    else:
        show_rows([made], tuple(made))


@readers.command()
def remove(name: ReaderName, json: Json = False) -> None:
    """End somebody's sessions and take the right to read away."""
    with runtime_from_environment().owner_engine.begin() as connection:
        stored.remove_reader(connection, name)
    if json:
        show({"removed": name}, json)
    else:
        show_rows([{"removed": name}], ("removed",))
