"""Breaks off work on a database at a chosen statement, as a crash or an error does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError


class Interruption(Exception):
    """What is thrown into a stage."""


@contextmanager
def interruption(engine: Engine, statements: int, how: str) -> Iterator[None]:
    """Break off once, at a statement: the connection drops, as in a crash (`dropped`), or it raises (`raised`)."""
    left = statements

    def interrupt(connection: Any, cursor: Any, *_: Any) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            if how == "raised":
                raise Interruption
            cursor.connection.close()

    event.listen(engine, "before_cursor_execute", interrupt)
    try:
        yield
    except (Interruption, DBAPIError):
        pass
    finally:
        event.remove(engine, "before_cursor_execute", interrupt)
