"""What welcomes a contributor agrees with what CI runs: licence, hooks, container, editor."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import re
import subprocess
import tomllib

import pytest
import yaml

from killmart.config.settings import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text()
HOOKS = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of https://www.apache.org/licenses/LICENSE-2.0.txt."""


def test_the_licence_is_apache_2_to_the_letter() -> None:
    assert hashlib.sha256((PROJECT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert "CCP" in (PROJECT / "NOTICE").read_text()


def test_whatever_make_runs_keeps_compiled_what_it_imports() -> None:
    shows = ["make", "--no-print-directory", "--eval", "shown: ; @printenv PYTHONDONTWRITEBYTECODE", "shown"]
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    shown = subprocess.run(shows, env=environ, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""


def test_the_hooks_run_the_linters_of_make_lint() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.+\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    commands = [line.strip().replace("$(PYTHON)", ".venv/bin/python") for line in recipe[1].splitlines()]
    entries = [hook["entry"].removesuffix(" --force-exclude") for hook in HOOKS]
    assert len(commands) == len(entries)
    for command, entry in zip(commands, entries, strict=True):
        assert command.startswith(entry), "a hook looks at the files of the commit, and `make lint` at all of them"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_each_hook_looks_at_files_that_there_are(hook: dict[str, object]) -> None:
    paths = [
        str(path.relative_to(PROJECT))
        for folder in ("include", "dags", "migrations")
        for path in (PROJECT / folder).rglob("*.*")
    ]
    assert hook["language"] == "system", "from .venv, whose versions the lock pins"
    assert any(re.search(str(hook.get("files", r"\.py$")), path) for path in paths)


def test_the_devcontainer_installs_what_ci_does() -> None:
    container = json.loads((PROJECT / ".devcontainer/devcontainer.json").read_text())
    installed = container["postCreateCommand"].partition(" install ")[2].partition(" &&")[0].split()
    of_ci = re.findall(r"\|\| install (.+)$", (PROJECT / ".ci/run").read_text(), re.MULTILINE)
    assert set(installed) | {"-y"} == {"-y", *(word for line in of_ci for word in line.split())}
    assert container["postCreateCommand"].endswith("make setup-dev")
    assert f"FROM {container['image']}-slim\n" in (PROJECT / "Dockerfile").read_text()


def test_editors_and_linters_agree_on_the_length_of_lines() -> None:
    editor = configparser.ConfigParser()
    editor.read_string("[top]\n" + (PROJECT / ".editorconfig").read_text())
    tools = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]
    assert editor.getint("*.py", "max_line_length") == tools["ruff"]["line-length"]
    assert editor.getint("*.sql", "max_line_length") == tools["sqlfluff"]["core"]["max_line_length"]
