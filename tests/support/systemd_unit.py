"""tools/killmart.service, read as systemd reads it: NAME=value by section, a name may come again."""

from __future__ import annotations

import shlex
import sys

from killmart.config.settings import PROJECT

UNIT = PROJECT / "tools" / "killmart.service"
INSTALLED_IN = "/opt/killmart"


def unit_values(name: str) -> list[str]:
    """What the unit says under this name, once for each line of it."""
    lines = [line.partition("=") for line in UNIT.read_text().splitlines() if not line.startswith(("#", "["))]
    return [value for found, _, value in lines if found == name]


def unit_command() -> list[str]:
    """Its ExecStart, with the Python of this test run and this project's folder where the unit has its own."""
    [line] = unit_values("ExecStart")
    python, *arguments = shlex.split(line)
    assert python == f"{INSTALLED_IN}/.venv/bin/python"
    return [sys.executable, *arguments]
