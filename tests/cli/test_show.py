"""What people are shown ends: a count, some of it, and how to get the rest; programs get all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.cli.show import MOST, show, show_rows, some
from killmart.config.connections import Connection
from killmart.runtime import Runtime
from support.commands import environment
from support.pipeline import run

IDS = range(100_000_001, 100_010_001)


def shown(capsys: pytest.CaptureFixture[str], value: object) -> str:
    """What `show` prints of a value, on one line."""
    show({"value": value}, False)
    return " ".join(capsys.readouterr().out.split())


def test_ten_thousand_ids_are_a_count_and_some_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    for ids in (list(IDS), tuple(IDS), {"2026-09-01": list(IDS)}):
        said = shown(capsys, ids)
        assert "10,000: 100000001, 100000002, " in said
        assert said.endswith(f"and {10_000 - MOST:,} more (--json has them all)")
        assert len(said) < 500
    show({"value": list(IDS)}, True)
    assert json.loads(capsys.readouterr().out)["value"] == list(IDS)


def test_so_are_sentences_reasons_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    sentences = [f"Killmail {one} has no body." for one in IDS]
    said = shown(capsys, sentences)
    assert said.startswith("value 10,000: Killmail 100000001 has no body. Killmail 100000002")
    assert said.count("Killmail") == MOST
    said = shown(capsys, dict.fromkeys(IDS, "no hash"))
    assert said.count("no hash") == MOST
    show_rows([{"killmail": one, "others": list(IDS)} for one in IDS], ("killmail", "others"))
    said = capsys.readouterr().out
    assert said.endswith(f"and {10_000 - MOST:,} more (--json has them all)\n")
    assert some(map(str, IDS), len(IDS), "\n").splitlines()[:2] == ["10,000:", "100000001"]


def test_ids_can_be_copied_and_counts_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    show({"killmail_id": 100_000_001, "killmails": 100_000_001, "of": {"batch_id": 1_003}}, False)
    show_rows([{"run_id": 12_345, "claimed": 12_345}], ("run_id", "claimed"))
    said = " ".join(capsys.readouterr().out.split())
    assert said == "killmail id 100000001 killmails 100,000,001 of batch_id 1003 run id claimed 12345 12,345"


def test_what_is_short_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, [1, 2, 3]) == "value 1, 2, 3"
    assert shown(capsys, ["one.", "two."]) == "value one. two."
    assert shown(capsys, []) == "value none"
    assert shown(capsys, {"a": 1, "b": 20_000}) == "value a 1, b 20,000"


def test_a_text_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "x" * 100_000).endswith("(100,000 characters, --json has them all)")


def test_the_coverage_of_a_month_is_a_table_that_ends(runtime: Runtime, warehouse: Connection, tmp_path: Path) -> None:
    run(
        runtime,
        "INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)"
        " SELECT day, 10000, 0, 0, :missing, '{everef}', now()"
        " FROM generate_series('2026-09-01'::date, '2026-09-30', '1 day') AS day",
        missing=list(IDS),
    )
    environ = environment(warehouse, tmp_path) | {"COLUMNS": "200"}
    said = CliRunner().invoke(app, ["status", "2026-09"], env=environ)
    assert said.exit_code == 0
    assert len(said.output) < 30_000  # 10,000 ids a day would be three million
    assert said.output.count("10,000: 100000001") == 30
    assert "2026-09-30" in said.output
    whole = json.loads(CliRunner().invoke(app, ["status", "2026-09", "--json"], env=environ).output)
    assert all(day["missing"] == list(IDS) for day in whole["days"].values())
