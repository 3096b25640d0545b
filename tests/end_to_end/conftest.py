"""One installation for all modules here that can share one: it takes minutes to start, and a core while it is up."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from support.stack_installation import Installation, installed_for_many


@dataclass
class Shared:
    """The installation that is up, if one is, and what ends it."""

    one: Installation | None = None
    end: ExitStack = field(default_factory=ExitStack)


_SHARED = pytest.StashKey[Shared]()


@pytest.fixture(scope="module")
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation that is up, with what modules before have left in it."""
    shared = request.session.stash.setdefault(_SHARED, Shared())
    if shared.one is None:
        shared.one = shared.end.enter_context(installed_for_many(tmp_path_factory.mktemp("stack")))
    return shared.one


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The installation ends behind the last test that wants it, not with the session."""
    shared = item.session.stash.get(_SHARED, None)
    if shared and not (isinstance(nextitem, pytest.Function) and "installation" in nextitem.fixturenames):
        shared.one = None
        shared.end.close()
