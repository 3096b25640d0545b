"""What the tests of the simulator share: the real data they compare with, and clocks that they move themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import realdata


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000.0)


@pytest.fixture
def shared_file() -> Callable[[str], Path]:
    """Path of a file of real data; the test is skipped where it is not there."""

    def find(name: str) -> Path:
        path = realdata.DATA / name
        if not path.exists():
            pytest.skip(f"the real data is not here: {path}")
        return path

    return find


@pytest.fixture
def openapi(shared_file: Callable[[str], Path]) -> dict[str, Any]:
    """CCP's OpenAPI of the routes that Killmart uses."""
    found: dict[str, Any] = json.loads(shared_file("esi/esi_openapi_2026-08-18_subset.json").read_text())
    return found
