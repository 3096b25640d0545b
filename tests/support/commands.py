"""The command line, run as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from killmart.config.connections import WAREHOUSE_ROLES, Connection
from killmart.config.settings import PROJECT


def environment(warehouse: Connection | None, home: Path, **more: str) -> dict[str, str]:
    """Variables of a process whose warehouse is the test's own."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("KILLMART_", "AIRFLOW_"))}
    environ |= {"KILLMART_HOME": str(home), "PYTHONPATH": str(PROJECT / "include"), **more}
    if warehouse is not None:
        where = f"{quote(warehouse.host, safe='')}:{warehouse.port}/{warehouse.schema}"
        environ |= {
            f"AIRFLOW_CONN_{one.upper()}": f"postgres://{role}@{where}" for one, role in WAREHOUSE_ROLES.items()
        }
    return environ


def killmart(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `python -m killmart …` does."""
    command = [sys.executable, "-m", "killmart", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
