"""What the tests of the sources share: one installation that several processes can be of, and its upstreams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from killmart.config.connections import Connection
from sources.installation import Installation


@pytest.fixture
def installation(warehouse: Connection, tmp_path: Path) -> Iterator[Installation]:
    """An installation on the test's own warehouse; processes that are still alive at the end are killed."""
    found = Installation(warehouse, tmp_path / "home")
    yield found
    found.close()
