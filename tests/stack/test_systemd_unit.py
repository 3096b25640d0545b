"""tools/killmart.service as systemd itself judges it, and against what the supervisor promises."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from killmart.config.settings import PROJECT
from killmart_stack import processes
from killmart_stack.postgres import _STOP_SECONDS
from support.systemd_unit import INSTALLED_IN, UNIT, unit_values


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine; on Debian and Ubuntu: apt-get install systemd")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(INSTALLED_IN, str(PROJECT)))

    def verify() -> str:
        done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line)

    assert verify() == ""
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=mixd"))
    assert "mixd" in verify()


def test_a_stop_has_the_time_that_the_supervisor_takes() -> None:
    [given] = unit_values("TimeoutStopSec")
    takes = processes.ASK_SECONDS + processes.PRESS_SECONDS + 4 * processes._KILL_SECONDS + 2 * _STOP_SECONDS
    assert int(given) > takes
    assert unit_values("KillMode") == ["mixed"]  # the supervisor's children are not systemd's to end


def test_the_page_installs_this_unit() -> None:
    page = (PROJECT / "docs" / "operation.md").read_text()
    assert str(UNIT.relative_to(PROJECT)) in page
    [settings] = unit_values("EnvironmentFile")
    assert settings in page
    assert INSTALLED_IN in page
    assert set(re.findall(r"KILLMART_\w+", UNIT.read_text())) <= set(re.findall(r"KILLMART_\w+", page))
