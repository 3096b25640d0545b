"""The section "Data quality": its tabs, and how its pages are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from killmart.db.pages import reading
from killmart.pages.frame.render import Section, frame_of
from killmart.runtime import Runtime

SECTION = Section(
    "Data quality",
    (
        ("Overview", "/quality"),
        ("Runs", "/quality/runs"),
        ("Expectations", "/quality/expectations"),
        ("Coverage", "/quality/coverage"),
        ("Quarantine", "/quality/quarantine"),
        ("Blocked batches", "/quality/batches"),
    ),
)


def runtime_of(request: Request) -> Runtime:
    """The runtime behind the pages; raises ConfigurationError where there is no warehouse."""
    runtime: Runtime = request.app.state.warehouse.runtime
    return runtime


@contextmanager
def warehouse(request: Request) -> Iterator[Connection]:
    """A read-only look at the warehouse."""
    with reading(runtime_of(request).engine) as connection:
        yield connection


def show(
    request: Request,
    template: str,
    view: Mapping[str, Any],
    *,
    title: str,
    download: str | None = None,
    name: str = "",
) -> Response:
    """A page of this section; one with a `name` can be downloaded."""
    return frame_of(request).page(
        request, f"quality/{template}.html", view, section=SECTION, title=title, download=download, name=name
    )


def back_to(request: Request, path: str) -> Response:
    """Where a person is sent after an action: a page that shows what came of it."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303)
