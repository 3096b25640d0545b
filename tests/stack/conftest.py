"""Homes for the tests of the stack: short paths that every user may enter, and everything in them ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from killmart_stack.home import Home
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import end_leftovers
from support.folders import quick_folder


@pytest.fixture
def home_path() -> Iterator[Path]:
    """An empty folder for one KILLMART_HOME; what still runs from it afterwards is ended."""
    with quick_folder() as path:
        yield path
        for home in (path, *path.glob("**/postgres")):
            if (home / "PG_VERSION").exists():
                EmbeddedPostgres(home.parent).stop()
        end_leftovers(Home(path))


@pytest.fixture
def home(home_path: Path) -> Home:
    """A home whose folders are made."""
    home = Home(home_path)
    home.prepare()
    return home
