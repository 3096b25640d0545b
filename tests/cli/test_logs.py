"""The log of the command line: one event a line, with ids, in the format that was asked for."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from killmart.cli.logs import JsonLines
from killmart.config.connections import Connection
from killmart.runtime import Runtime
from support.commands import environment, killmart
from support.pipeline import kill, ref, stage


def test_json_lines_have_level_event_and_ids(runtime: Runtime, warehouse: Connection, tmp_path: Path) -> None:
    stage(runtime, [ref(kill(7, attackers=[]))])
    done = killmart(environment(warehouse, tmp_path, KILLMART_LOG_FORMAT="json"), "load", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"at", "level", "logger", "event"} <= set(line) for line in lines)
    [quarantined] = [line for line in lines if "goes to quarantine" in line["event"]]
    assert (quarantined["level"], quarantined["killmail_id"]) == ("warning", 7)
    assert any("batch_id" in line for line in lines)
    assert any("the gate: " in line["event"] for line in lines)
    assert {line["logger"].partition(".")[0] for line in lines} == {"killmart"}  # Great Expectations is silent


def test_lines_for_people_are_the_default(runtime: Runtime, warehouse: Connection, tmp_path: Path) -> None:
    done = killmart(environment(warehouse, tmp_path), "load", "--json")
    assert done.stderr.splitlines()[0][9:] == "nothing fetched waits to be transformed"


def test_a_format_that_there_is_not_is_refused(tmp_path: Path) -> None:
    done = killmart(environment(None, tmp_path, KILLMART_LOG_FORMAT="xml"), "status")
    assert done.returncode == 2
    assert done.stderr == "killmart: KILLMART_LOG_FORMAT='xml' is refused: 'text' or 'json'\n"


@pytest.mark.parametrize("message", ["two\nlines of batch 5 and batch 6", 'quotes " and ünïcode', "%s"])
def test_an_event_is_one_line_whatever_is_in_it(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, message, None, sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["event"] == message
    assert message in json.loads(line)["error"]
    assert json.loads(line).get("batch_id") == (5 if "batch" in message else None)
