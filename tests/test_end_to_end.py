"""The whole thing as a user starts it: `make demo ONCE=1` runs killmails_live in a real Airflow, twice over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from installation import processes_of
from killmart.config.settings import PROJECT
from killmart.stack.ports import free_port


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation of the test's own."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KILLMART_", "AIRFLOW", "PYTEST", "PG"))
    }
    return inherited | {"KILLMART_HOME": str(tmp_path / "home"), "KILLMART_PORT": str(free_port())}


def killmart(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "killmart", *arguments],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def status(environment: dict[str, str]) -> dict[str, Any]:
    """What `python -m killmart status` says of the installation, with its database started for that."""
    dsn = killmart(environment, "db")
    assert dsn.returncode == 0, dsn.stderr
    assert dsn.stdout.splitlines()[-1].startswith("postgresql://")
    try:
        shown = killmart(environment, "status", "--json")
        assert shown.returncode == 0, shown.stderr
        answer: dict[str, Any] = json.loads(shown.stdout)
        return answer
    finally:
        assert killmart(environment, "down").returncode == 0


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_the_demo_promotes_the_first_load_and_a_second_start_keeps_it(environment: dict[str, str]) -> None:
    first = killmart(environment, "demo", "--once")
    assert first.returncode == 0, first.stdout + first.stderr
    after_first = status(environment)
    assert after_first["killmails"] > 200
    assert after_first["staging"] == {"promoted": after_first["killmails"]}
    assert after_first["latest_gate"]["outcome"] in ("passed", "warned")

    second = killmart(environment, "demo", "--once")
    assert second.returncode == 0, second.stdout + second.stderr
    after_second = status(environment)
    assert after_second["killmails"] >= after_first["killmails"]
    assert after_second["first_kill"] == after_first["first_kill"]
    assert processes_of(environment["KILLMART_HOME"]) == []
