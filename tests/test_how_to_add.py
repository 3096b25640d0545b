"""docs/how-to-add.md holds: its examples, applied to a copy of the project, do there what the page says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from killmart.config.settings import PROJECT
from killmart.runtime import Runtime
from support import realdata
from support.pipeline import attacker, build, kill, ref, stage

PAGE = (PROJECT / "docs" / "how-to-add.md").read_text()
SECTIONS = dict(re.findall(r"^## (An? [^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^`([\w./-]+)`(?: \((new)\))?\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```\n((?:\.venv/bin/python .+\n)+)```$", re.MULTILINE)
COPIED = ("dags", "docs", "include", "migrations", "plugins", "tests", "README.md", "Makefile", "pyproject.toml")
FOLLOWED = [name for name, text in SECTIONS.items() if COMMANDS.search(text)]


class Change(NamedTuple):
    """A block of the page: a new file, or hunks of a diff without line numbers."""

    path: str
    is_new: bool
    text: str

    def apply(self, project: Path) -> None:
        """Write the file, or replace what each hunk shows; fails where that is not there exactly once."""
        file = project / self.path
        if self.is_new:
            assert not file.exists(), self.path
            file.parent.mkdir(exist_ok=True)
            file.write_text(self.text)
            return
        written = file.read_text()
        for hunk in self.text.split("@@\n"):
            lines = hunk.splitlines()
            before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] in kept) for kept in (" -", " +"))
            assert before != after
            assert written.count(f"\n{before}") == 1, f"{self.path} does not have once:\n{before}"
            written = written.replace(f"\n{before}", f"\n{after}")
        file.write_text(written)


def changes_of(section: str) -> list[Change]:
    """What a section has its reader write."""
    return [Change(path, bool(new), text) for path, new, _, text in BLOCK.findall(SECTIONS[section])]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, to be changed."""
    for name in COPIED:
        source, target = PROJECT / name, tmp_path / "project" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
        else:
            shutil.copy(source, target)
    (tmp_path / "shared").symlink_to(PROJECT.parent / "shared")  # real killmails, where they are
    (tmp_path / "project" / ".test-data").symlink_to(PROJECT / ".test-data")
    return tmp_path / "project"


def run(copy: Path, *command: str) -> str:
    """What a command says that runs in the copy, on the copy's code."""
    environment = os.environ | {
        "PYTHONPATH": str(copy / "include"),
        "KILLMART_HOME": str(copy / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    environment.pop("KILLMART_NO_SKIPS", None)
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.timeout(1800)  # what runs in the copy has a limit of its own for each of its tests
@pytest.mark.parametrize("section", FOLLOWED)
def test_an_example_does_what_the_page_says(copy: Path, section: str) -> None:
    changes = changes_of(section)
    for change in changes:
        change.apply(copy)
    python = [change.path for change in changes if change.path.endswith(".py")]
    run(copy, sys.executable, "-m", "ruff", "check", *python)
    run(copy, sys.executable, "-m", "ruff", "format", "--check", *python)
    statements = [change.path for change in changes if change.path.endswith(".sql")]
    if statements:
        run(copy, sys.executable, "-m", "sqlfluff", "lint", "--nocolor", "--disable-progress-bar", *statements)
    for command in COMMANDS.findall(SECTIONS[section]):
        for line in command.splitlines():
            said = run(copy, sys.executable, *shlex.split(line)[1:])
            if "-m pytest" in line:
                assert re.search(r"\d+ passed" if realdata.has_days() else r"\d+ (passed|skipped)", said), said


def test_the_gate_runs_the_expectation_that_was_added(copy: Path, runtime: Runtime) -> None:
    """Also where the real killmails are not, on which the tests of expectations rest."""
    for change in changes_of("An expectation"):
        change.apply(copy)
    pilots = [attacker(95_000_002, final_blow=True, security_status=10.5), attacker(95_000_003)]
    stage(runtime, [ref(kill(1, attackers=pilots)), ref(kill(2))])
    program = (
        "import sys; from killmart.quality.gate import validate_batch\n"
        "failures = validate_batch(sys.argv[1], int(sys.argv[2])).failures\n"
        "print([one.examples for one in failures if one.expectation == 'security_statuses_are_in_range'])"
    )
    url = runtime.engine.url.render_as_string(hide_password=False)
    said = run(copy, sys.executable, "-c", program, url, str(build(runtime).batch_id))
    assert said.strip() == "[[{'killmail_id': 1, 'attacker_index': 0, 'security_status': 10.5}]]"


CODE = "".join(
    path.read_text()
    for folder in ("include", "migrations", "tests", "dags")
    for path in (PROJECT / folder).rglob("*")
    if path.suffix in (".py", ".sql") and path != Path(__file__)
)


@pytest.mark.parametrize("section", list(SECTIONS))
def test_the_files_and_symbols_of_a_section_exist(section: str) -> None:
    rows = [line.strip("| ").split(" | ", 1) for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    assert rows
    for files, says in rows:
        assert [name for name in re.findall(r"`([^`]+)`", files) if not (PROJECT / name).exists()] == []
        named = re.findall(r"`(\w+)`", says)
        assert [symbol for symbol in named if not re.search(rf"\b{symbol}\b", CODE)] == []


def test_every_kind_of_addition_has_its_section() -> None:
    assert set(FOLLOWED) == {"An expectation", "An API field", "A chart", "A mart", "A column", "A DAG"}
    assert set(SECTIONS) == {*FOLLOWED, "A feed"}
