"""`python -m killmart marts`: brings the mart up to date, and says what it did."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.config.connections import Connection
from killmart.runtime import Runtime
from support.pipeline import kill, load_past_gate, ref, rows, stage


def test_marts_refreshes_what_changed_and_rebuild_everything(
    runtime: Runtime, warehouse: Connection, tmp_path: Path
) -> None:
    uri = f"postgres://{warehouse.login}@{quote(warehouse.host, safe='')}:{warehouse.port}/{warehouse.schema}"
    environment = {"AIRFLOW_CONN_WAREHOUSE": uri, "KILLMART_HOME": str(tmp_path)}

    def marts(*arguments: str) -> dict[str, int]:
        done = CliRunner().invoke(app, ["marts", "--json", *arguments], env=environment)
        assert done.exit_code == 0, done.output
        counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
        return counts

    stage(runtime, [ref(kill(1)), ref(kill(2, killmail_time="2021-12-02T00:00:00Z"))])
    load_past_gate(runtime)
    assert marts() == {"days": 2, "killmails": 2, "battles": 0}
    assert marts() == {"days": 0, "killmails": 0, "battles": 0}
    assert marts("--rebuild") == {"days": 2, "killmails": 2, "battles": 0}
    assert rows(runtime, "SELECT sum(losses) FROM mart.activity_daily WHERE entity_kind = 'system'") == [(2,)]
    metrics = "SELECT sum(value) FROM ops.run_metrics WHERE stage = 'marts' AND metric = 'killmails'"
    assert rows(runtime, metrics) == [(4,)]
