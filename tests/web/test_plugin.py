"""The plugin inside Airflow: cheap for every component, a whole app for the api-server, Airflow's permissions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from killmart.config.settings import PROJECT
from killmart.watch.rules import load_rules
from killmart.web.frame.static import FILES

SCRIPT = """
import importlib.util, json, sys
import airflow.plugins_manager
before = set(sys.modules)
spec = importlib.util.spec_from_file_location("killmart_plugin", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
plugin = module.KillmartPlugin()
brought = sorted(set(sys.modules) - before)
[app] = plugin.fastapi_apps
again = plugin.fastapi_apps[0] is app
print(json.dumps({"views": plugin.external_views, "brought": brought, "prefix": app["url_prefix"], "again": again}))
"""


@pytest.fixture(scope="module", params=["http://127.0.0.1:8080/", "https://kills.example/airflow/"])
def plugin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the plugin says of itself where Airflow is at this address."""
    environ = os.environ | {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__API__BASE_URL": request.param,
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "PYTHONPATH": str(PROJECT / "include"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(PROJECT / "plugins" / "killmart_plugin.py")],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1]) | {"root": "/airflow" if "airflow" in request.param else ""}


def test_only_the_app_brings_the_library(plugin: dict[str, object]) -> None:
    ours = {
        "killmart",
        "killmart.orchestration",
        "killmart.orchestration.failures",
        "killmart.orchestration.handover",
        "killmart.errors",
    }
    light = {"killmart_plugin", *ours}
    brought = {name for name in plugin["brought"] if not name.startswith("airflow.")}  # type: ignore[attr-defined]
    assert brought <= light
    assert plugin["again"]


def test_the_views_lead_to_the_app(plugin: dict[str, object]) -> None:
    views = plugin["views"]
    assert isinstance(views, list)
    assert {view["destination"] for view in views} == {"nav", "dag_run"}
    assert len({view["url_route"] for view in views}) == len(views)
    by_route = {view["url_route"]: view["href"] for view in views}
    app = f"{plugin['root']}{plugin['prefix']}"
    assert by_route == {
        "data-quality": f"{app}/quality",
        "pipeline": f"{app}/pipeline",
        "charts": f"{app}/charts",
        "data-quality-of-run": f"{app}/quality/dag-run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
    }
    assert {view["icon"] for view in views if "icon" in view} <= {f"{app}/static/{name}" for name in FILES}
    for rule in load_rules():
        assert rule.page.removeprefix("plugin/") in by_route


def test_only_the_plugin_is_in_the_plugins_folder() -> None:
    found = [path.name for path in Path(PROJECT / "plugins").rglob("*.py")]
    assert found == ["killmart_plugin.py"]
