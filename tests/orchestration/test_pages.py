"""The pages inside Airflow's own app, behind its login and its middleware."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from killmart.config.settings import PROJECT
from killmart.runtime import Runtime
from support.making import MakeAirflowHome
from support.serving import routes

SCRIPT = """
import json, sys
from starlette.testclient import TestClient
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
asked = json.load(sys.stdin)
app = create_app("core")
tokens = {"no role": None, "reader": "viewer"}
for name, role in tokens.items():
    tokens[name] = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role))
answers = []
with TestClient(app, raise_server_exceptions=False) as client:
    for who, method, path in asked:
        name, _, way = who.partition(" by ")
        given = tokens.get(name, name)
        headers = {"cookie": {"Cookie": f"_token={given}"}, "bearer": {"Authorization": f"Bearer {given}"}}.get(way, {})
        client.cookies.clear()
        answer = client.request(method, f"/killmart{path}", headers=headers)
        answers.append([who, method, path, answer.status_code, answer.headers.get("www-authenticate"), answer.text])
print(json.dumps(answers))
"""

Ask = tuple[str, str, str]
"""Who asks, the method, the path."""


@pytest.fixture
def airflow(tmp_path: Path, make_airflow_home: MakeAirflowHome) -> Any:
    """A function that sends requests to Airflow's app; returns status, challenge and text of each."""
    environ = os.environ | {
        "AIRFLOW_HOME": make_airflow_home(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "AIRFLOW__API_AUTH__JWT_SECRET": "a-secret-of-the-tests-that-is-long-enough-for-any-hash-that-signs-with-it",
        "KILLMART_API_TOKEN": "the-token-of-the-api",
        "KILLMART_METRICS_TOKEN": "the-token-of-the-metrics",
        "PYTHONPATH": str(PROJECT / "include"),
    }

    def ask(asked: list[Ask]) -> dict[Ask, tuple[int, str | None, str]]:
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(
            command, env=environ, input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return {
            (who, method, path): tuple(said) for who, method, path, *said in json.loads(done.stdout.splitlines()[-1])
        }

    return ask


def test_a_wrong_token_is_401_on_every_route(runtime: Runtime, airflow: Any) -> None:
    strangers = ["nobody", "wrong by bearer", "wrong by cookie", "the-token-of-the-metrics by cookie"]
    asked = [(who, method, path) for method, path in sorted(set(routes(runtime))) for who in strangers]
    asked.append(("the-token-of-the-metrics by bearer", "GET", "/api/v1/coverage"))
    asked.append(("the-token-of-the-api by bearer", "GET", "/quality"))
    assert len(asked) > 100
    answers = airflow(asked)
    assert {ask: said for ask, said in answers.items() if said[:2] != (401, "Bearer")} == {}


def test_a_login_without_the_permission_is_403_and_one_with_it_gets_in(airflow: Any) -> None:
    paths = ["/static/frame.css", "/nowhere"]
    ways = [f"{who} by {way}" for who in ("no role", "reader") for way in ("cookie", "bearer")]
    answers = airflow([(who, "GET", path) for who in ways for path in paths])
    found = {(who, path): said[0] for (who, _, path), said in answers.items()}
    allowed = {"no role": (403, 403), "reader": (200, 404)}
    assert found == {
        (who, path): status
        for who in ways
        for path, status in zip(paths, allowed[who.partition(" by ")[0]], strict=True)
    }
    assert "review_batch" in answers["no role by cookie", "GET", "/nowhere"][2]
