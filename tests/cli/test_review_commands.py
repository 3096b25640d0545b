"""The commands `batches` and `quarantine`: lists, decisions, one JSON object, exit codes; no terminal obeys a body."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import Result
from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.config.connections import Connection
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from support.blocking import blocked_batch
from support.pipeline import kill, load_past_gate, quarantined, ref, rows, run, stage, states


@pytest.fixture(autouse=True)
def environment(warehouse: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"postgres://{warehouse.login}@{quote(warehouse.host, safe='')}:{warehouse.port}/{warehouse.schema}"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", uri)
    monkeypatch.setenv("KILLMART_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "220")


def killmart(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def answer(*arguments: str) -> dict:
    done = killmart(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict = json.loads(done.stdout)
    return found


def test_batches_are_listed_shown_released_rejected_and_retried(runtime: Runtime) -> None:
    first, second = (blocked_batch(runtime, [ref(kill(number))]) for number in (1, 2))
    listed = answer("batches", "list", "--limit", "1")
    assert ([one["batch_id"] for one in listed["batches"]], listed["before"]) == ([second], second)
    assert [one["batch_id"] for one in answer("batches", "list", "--before", str(second))["batches"]] == [first]
    assert f"More with --before {second}" in killmart("batches", "list", "--limit", "1").stdout
    shown = killmart("batches", "show", str(first)).stdout
    assert "items_add_up" in shown
    assert "lost some on the way" in shown
    assert answer("batches", "show", str(first))["failures"][0]["expectation"] == "items_add_up"

    assert answer("batches", "release", str(first), "--note", "good", "--by", "Ann")["inserted"] == 1
    assert answer("batches", "reject", str(second), "--note", "bad") == {"set_aside": 1}
    assert [one["batch_id"] for one in answer("batches", "list", "--rejected")["batches"]] == [second]
    assert answer("batches", "retry", str(second)) == {"taken_up_again": 1}
    [ann, (someone, *_), _] = rows(runtime, "SELECT actor, note FROM quality.actions ORDER BY action_id")
    assert ann == ("Ann", "good")
    assert someone
    assert killmart("batches", "list").exit_code == 0
    third = blocked_batch(runtime, [])
    assert answer("batches", "reject", str(third), "--note", "bad", "--quarantine") == {"quarantined": 1}
    assert quarantined(runtime) == {2: "rejected_batch"}


def test_the_quarantine_is_listed_shown_and_worked(runtime: Runtime) -> None:
    evil = kill(1, evil="\x1b[31m[red]")
    stage(runtime, [ref(one, killmail_hash="a" * 40) for one in (evil, kill(2), kill(3))])
    run(runtime, "UPDATE staging.killmails SET refetches = 3")
    load_past_gate(runtime)
    assert answer("quarantine", "list")["reasons"] == [
        {"reason": "hash_mismatch", "killmails": 3, "is_releasable": True}
    ]
    assert "hash_mismatch" in killmart("quarantine", "list").stdout
    third, second, first = (one["quarantine_id"] for one in answer("quarantine", "list", "all")["entries"])
    assert answer("quarantine", "list", "no_such_reason")["entries"] == []
    shown = killmart("quarantine", "show", str(first))
    assert "\x1b" not in shown.stdout
    assert "[red]" in shown.stdout
    assert answer("quarantine", "show", str(first))["body"].startswith("{")

    assert answer("quarantine", "retry", str(first), "--note", "again") == {"done": [first], "refused": {}}
    assert states(runtime)[1] == "fetched"
    again = killmart("quarantine", "retry", str(first))
    assert again.exit_code == 1
    assert "retried by" in again.stdout.replace("\n", " ")
    assert answer("quarantine", "discard", "--reason", "hash_mismatch", "--note", "bad")["done"] == [second, third]
    assert len(answer("quarantine", "list", "--resolved")["entries"]) == 3
    assert quarantined(runtime) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["batches", "release", "1"],
        ["batches", "show", "0"],
        ["batches", "show", "one"],
        ["quarantine", "retry"],
        ["quarantine", "retry", "1", "--reason", "unreadable"],
        ["quarantine", "discard", "1"],
        ["quarantine", "list", "--limit", "0"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert killmart(*arguments).exit_code == 2


def test_a_refusal_is_one_sentence() -> None:
    done = killmart("batches", "show", "4711")
    assert isinstance(done.exception, KillmartError)  # `main` prints it and exits 1
    assert str(done.exception).startswith("There is no batch 4711;")
