"""The command `import-legacy`: exit codes, one JSON object, tables for people, and no password anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from killmart.config.connections import Connection
from killmart.config.settings import PROJECT
from killmart_stack.postgres import EmbeddedPostgres
from support.legacy_database import DOCUMENTED, SECRET, OldService, document, old_service

HASH = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def old(postgres: EmbeddedPostgres) -> Iterator[OldService]:
    """An old database with a kill that can be taken, one of another day without a hash, and a row of no killmail."""
    with old_service(postgres, DOCUMENTED) as made:
        document(made, "1", hash=HASH, killTime="2021-11-29T12:34:56Z", totalValue="17", labels=["pvp"])
        yield made


def killmart(warehouse: Connection, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `python -m killmart …` does on the test's warehouse."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("KILLMART_", "AIRFLOW_"))}
    host = quote(warehouse.host, safe="")
    environ |= {"KILLMART_HOME": str(home), "PYTHONPATH": str(PROJECT / "include"), "COLUMNS": "200"}
    environ["AIRFLOW_CONN_WAREHOUSE"] = f"postgres://{warehouse.login}@{host}:{warehouse.port}/{warehouse.schema}"
    command = [sys.executable, "-m", "killmart", *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert SECRET not in done.stdout + done.stderr
    return done


def test_it_exits_0_where_all_was_taken_and_1_where_not(old: OldService, warehouse: Connection, tmp_path: Path) -> None:
    dry = killmart(warehouse, tmp_path, "import-legacy", old.dsn, "--dry-run", "--json")
    taken = killmart(warehouse, tmp_path, "import-legacy", old.dsn, "--json")
    assert (dry.returncode, taken.returncode) == (0, 0)
    assert json.loads(dry.stdout) == json.loads(taken.stdout) | {"is_dry_run": True}
    assert json.loads(taken.stdout)["staged"] == 1

    document(old, "2", killTime="2021-11-30T12:34:56Z", npc="true")
    document(old, "x")
    left = killmart(warehouse, tmp_path, "import-legacy", old.dsn)
    assert left.returncode == 1
    assert "python -m killmart backfill 2021-11-30 2021-11-30" in left.stdout
    assert "kills_fact with the id 'x'" in left.stdout
    assert killmart(warehouse, tmp_path, "import-legacy", old.dsn, "--dry-run").returncode == 0


def test_wrong_usage_and_databases_that_are_away(old: OldService, warehouse: Connection, tmp_path: Path) -> None:
    both = killmart(warehouse, tmp_path, "import-legacy", old.dsn, "--dry-run", "--backfill")
    assert (both.returncode, "--dry-run or --backfill" in both.stderr) == (2, True)
    bad = killmart(warehouse, tmp_path, "import-legacy", f"me:{SECRET}@nowhere")
    assert (bad.returncode, bad.stderr.count("\n")) == (2, 1)
    away = killmart(warehouse, tmp_path, "import-legacy", f"postgresql://me:{SECRET}@127.0.0.1:1/bot")
    assert (away.returncode, away.stderr.count("\n")) == (1, 1)
    assert away.stderr.startswith("killmart: The old database (bot at 127.0.0.1) cannot be reached")
