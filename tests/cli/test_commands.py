"""The command line: exit codes, one JSON object, and errors that are one sentence."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.config.connections import Connection
from killmart.quality.check import Check
from killmart.runtime import Runtime
from support.commands import environment, killmart
from support.pipeline import kill, ref, stage


def test_commands_that_are_done_exit_0_and_give_one_json_object(warehouse: Connection, tmp_path: Path) -> None:
    environ = environment(warehouse, tmp_path)
    migrated = killmart(environ, "migrate", "--json")
    assert (migrated.returncode, list(json.loads(migrated.stdout))) == (0, ["revision"])
    status = killmart(environ, "status", "--json")
    assert (status.returncode, json.loads(status.stdout)["killmails"]) == (0, 0)
    table = killmart(environ, "status")
    assert table.returncode == 0
    assert "killmails" in table.stdout
    loaded = killmart(environ, "load", "--json")
    assert (loaded.returncode, json.loads(loaded.stdout)["blocked"]) == (0, [])


@pytest.mark.parametrize("arguments", [["nonsense"], ["load", "--nonsense"], ["drain", "--seconds", "-1"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_a_bad_setting_exits_2_with_its_name(tmp_path: Path) -> None:
    done = killmart(environment(None, tmp_path, KILLMART_PORT="http"), "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "killmart: KILLMART_PORT='http' is refused: Expected `int`, got `str`\n"


def test_no_warehouse_is_said_in_a_sentence(warehouse: Connection, tmp_path: Path) -> None:
    none = killmart(environment(None, tmp_path), "status")
    assert none.returncode == 2
    assert none.stderr.startswith("killmart: No warehouse: AIRFLOW_CONN_WAREHOUSE is not set")

    away = environment(None, tmp_path, AIRFLOW_CONN_WAREHOUSE="postgres://me:s3cret@127.0.0.1:1/killmart")
    unreachable = killmart(away, "load", "--json")
    assert (unreachable.returncode, unreachable.stdout) == (1, "")
    assert unreachable.stderr.startswith("killmart: The warehouse cannot be reached or broke off: ")
    assert "s3cret" not in unreachable.stderr

    not_migrated = killmart(environment(Connection(**vars(warehouse) | {"schema": "postgres"}), tmp_path), "status")
    assert not_migrated.returncode == 1
    assert "python -m killmart migrate" in not_migrated.stderr
    for done in (none, unreachable, not_migrated):
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_dsn_of_nothing_prints_nothing_and_exits_1(tmp_path: Path) -> None:
    done = killmart(environment(None, tmp_path), "dsn")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_blocked_load_exits_1_and_says_why(
    runtime: Runtime, warehouse: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import great_expectations.expectations as gxe

    suite = import_module("killmart.quality.suites.kills_fact")
    query = "SELECT killmail_id FROM candidate.kills_fact_batch /* {batch} */"
    never = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity="critical")
    monkeypatch.setattr(suite, "CHECKS", [*suite.CHECKS, Check("nobody_passes", never, "a test")])
    stage(runtime, [ref(kill(1))])
    done = CliRunner().invoke(app, ["load", "--json"], env=environment(warehouse, tmp_path))
    assert done.exit_code == 1
    [reason] = json.loads(done.stdout)["blocked"]
    assert "nobody_passes on kills_fact: 1 unexpected row, for example killmail 1" in reason
