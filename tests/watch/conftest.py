"""What the tests of the monitor share: an installation whose alerts go to real servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from killmart.runtime import Runtime
from support.listeners import mail_server, webhook
from support.world import World


@pytest.fixture
def world(runtime: Runtime) -> Iterator[World]:
    """An installation without upstreams; `world.watch(runtime)` takes another one."""
    with webhook() as hook, mail_server() as mail:
        found = World(runtime, hook, mail)
        found.watch(runtime)
        yield found
        found.runtime.engine.dispose()
