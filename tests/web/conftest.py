"""The pages served over HTTP for one test, and a warehouse that is filled once for all that look at sizes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import shared_warehouse
from support.filling import fill
from support.serving import client, make_app, served


@pytest.fixture
def site(runtime: Runtime) -> Iterator[str]:
    """Address of the pages on the test's warehouse."""
    with served(make_app(runtime)) as url:
        yield url


@pytest.fixture
def anna(site: str) -> Iterator[httpx.Client]:
    """The browser of somebody who may act."""
    with client(site) as one:
        yield one


@pytest.fixture(scope="session")
def blank(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Address of the pages on an empty warehouse, for tests that put nothing into it."""
    with shared_warehouse(postgres, "blank_pages") as runtime, served(make_app(runtime)) as url:
        yield url


@pytest.fixture
def visitor(blank: str) -> Iterator[httpx.Client]:
    """Anna's browser on the pages of an empty warehouse."""
    with client(blank) as one:
        yield one


@pytest.fixture(scope="session")
def full(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a warehouse as it is after a year; tests only read it."""
    with shared_warehouse(postgres, "full_pages") as runtime:
        fill(runtime)
        yield runtime


@pytest.fixture(scope="session")
def full_site(full: Runtime) -> Iterator[str]:
    """Address of the pages on the full warehouse."""
    with served(make_app(full)) as url:
        yield url
