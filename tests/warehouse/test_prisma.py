"""What Prisma makes of schema.prisma: its own formatter, validator and schema engine (as WebAssembly) run on it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from killmart.config.connections import Connection
from killmart.describe.files import PRISMA

FOLDER = Path(__file__).parent / "prisma"

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="needs Node.js and npm")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script and the packages that it needs."""
    folder = tmp_path_factory.mktemp("prisma")
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def prisma(packages: Path, warehouse: Connection) -> dict[str, Any]:
    """What Prisma says of the schema and of the test's warehouse."""
    place = [warehouse.host, str(warehouse.port), warehouse.login, warehouse.schema]
    done = subprocess.run(
        ["node", "check.mjs", str(PRISMA), *place], cwd=packages, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_schema_is_valid_and_as_prisma_formats_it(prisma: dict[str, Any]) -> None:
    assert prisma["complaint"] is None
    assert prisma["isFormatted"]


def test_db_pull_works_and_keeps_our_names(prisma: dict[str, Any]) -> None:
    assert "error" not in prisma["pulled"], prisma["pulled"]
    assert prisma["pulled"]["complaint"] is None
    keyless = {"ValidationResult", "validation_results", "validationResults"}  # Prisma leaves out what has no key
    ours, theirs = (
        {(model, field) for model, field in named(schema) if not {model, field} & keyless}
        for schema in (PRISMA.read_text(), prisma["pulled"]["text"])
    )
    assert theirs == ours


def named(schema: str) -> set[tuple[str, str]]:
    """Each model's or view's fields."""
    return {
        (model, field)
        for model, body in re.findall(r"^(?:model|view) (\w+) \{\n(.*?)^\}", schema, re.MULTILINE | re.DOTALL)
        for field in re.findall(r"^  (\w+) ", body, re.MULTILINE)
    }
