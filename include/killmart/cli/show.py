"""Shows what a command returned: a table for people, never endless, or all as one JSON object; bars on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]
"""The option of every command that shows something."""
MOST = 25
"""Entries of a list or a mapping, and rows of a table, that people are shown at most."""
_LONGEST = 4_000
"""Characters of a text that people are shown at most."""


def show(result: Any, as_json: bool) -> None:
    """Print a dataclass or mapping: one line per value, or one JSON object."""
    values: Mapping[str, Any] = asdict(result) if is_dataclass(result) and not isinstance(result, type) else result
    if as_json:
        print(json.dumps(values, default=str))
        return
    table = Table(show_header=False, box=None)
    for name, value in values.items():
        table.add_row(name.replace("_", " "), _shown(value, name))
    Console().print(table)


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], most: int = MOST) -> None:
    """Print `most` rows as a table with a heading; what players or upstreams made up is shown, never obeyed."""
    if not rows:
        return
    table = Table(*(name.replace("_", " ") for name in columns), box=None, header_style="bold")
    for row in rows[:most]:
        table.add_row(*(Text(_harmless(_shown(row[name], name))) for name in columns))
    Console().print(table)
    if len(rows) > most:
        print(_rest(len(rows) - most))


def some(entries: Iterable[str], count: int, separator: str) -> str:
    """Some of `count` entries, with how many there are and how to get the rest; `none` where there are none."""
    joined = separator.join(islice(entries, MOST)) or "none"
    if count <= MOST:
        return joined
    return f"{count:,}:{separator.lstrip(',')}{joined}{separator}{_rest(count - MOST)}"


def _rest(count: int) -> str:
    return f"and {count:,} more (--json has them all)"


def _harmless(text: str) -> str:
    """The text without control characters, which could make a terminal do things."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


def _shown(value: Any, name: str = "") -> str:
    """A value for people; `name` distinguishes ids, which are copied, from counts, which are read."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return some((f"{key} {_shown(one, str(key))}" for key, one in value.items()), len(value), ", ")
    if isinstance(value, list | tuple | set):
        are_ids = all(isinstance(one, int) for one in value)
        return some(map(str if are_ids else _shown, value), len(value), ", " if are_ids else "\n")
    if isinstance(value, int) and not isinstance(value, bool) and not name.endswith("_id"):
        return f"{value:,}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters, --json has them all)"


@contextmanager
def progress_bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, silence elsewhere; yields a function of (done, still to do)."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(unit, total=None)

        def advance(done: int, left: int) -> None:
            progress.update(task, completed=done, total=done + left)

        yield advance
