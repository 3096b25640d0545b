"""The pages of Killmart inside the Airflow UI, and what it says of a failed task.

Every component of Airflow executes this file, so it imports next to nothing; the app itself is built when the
api-server, and nobody else, asks for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from killmart.orchestration import failures, handover

_ROOT = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


class KillmartPlugin(AirflowPlugin):
    """ "Data quality", "Pipeline" and "Charts" in the menu, and a tab "Data quality" on each DAG run."""

    name = "killmart"
    listeners = [failures, handover]
    external_views = [
        {
            "name": "Data quality",
            "href": f"{_ROOT}/killmart/quality",
            "destination": "nav",
            "nav_top_level": True,  # two and more would be folded into a menu "Plugins"
            "url_route": "data-quality",
            "icon": f"{_ROOT}/killmart/static/icon.svg",
        },
        {
            "name": "Pipeline",
            "href": f"{_ROOT}/killmart/pipeline",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "pipeline",
            "icon": f"{_ROOT}/killmart/static/pipeline.svg",
        },
        {
            "name": "Charts",
            "href": f"{_ROOT}/killmart/charts",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "charts",
            "icon": f"{_ROOT}/killmart/static/charts.svg",
        },
        {
            "name": "Data quality",
            "href": f"{_ROOT}/killmart/quality/dag-run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "data-quality-of-run",
        },
    ]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The app, mounted at /killmart."""
        from killmart.orchestration.pages import build_app

        return [{"app": build_app(), "url_prefix": "/killmart", "name": "killmart"}]
