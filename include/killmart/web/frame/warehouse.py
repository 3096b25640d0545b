"""What every section does with the runtime behind the pages: looks into the warehouse, sends people on after acting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from killmart.db.reading import reading
from killmart.runtime import Runtime


def runtime_of(request: Request) -> Runtime:
    """The runtime behind the pages; raises ConfigurationError where there is no warehouse."""
    runtime: Runtime = request.app.state.warehouse.runtime
    return runtime


@contextmanager
def warehouse(request: Request) -> Iterator[Connection]:
    """A look at the warehouse, as a role that may read and nothing else."""
    with reading(runtime_of(request).reader_engine) as connection:
        yield connection


@contextmanager
def staging(request: Request) -> Iterator[Connection]:
    """A read-only look as who loads: bodies that are on their way are not for every reader."""
    with reading(runtime_of(request).engine) as connection:
        yield connection


def path_of(scope: Scope) -> str:
    """The path that is asked for, as our own routes name it, wherever the app is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def back_to(request: Request, path: str) -> Response:
    """Where a person is sent after an action: a page that shows what came of it."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303)
