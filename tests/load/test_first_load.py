"""What a user without history is told, and what is told where it is there, or where nobody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from killmart.config.settings import load_settings
from killmart.load import first_load
from killmart.load.backfill import CANDIDATE_BYTES_PER_KILL, DISK_BYTES_PER_KILL, backfill, estimate
from killmart.load.day_plan import FIRST_DAY
from killmart.load.first_load import offer_history
from killmart_stack.airflow_env import choose_ports
from killmart_stack.home import Home
from killmart_stack.signals import Signals
from killmart_stack.supervisor import Plan, Stack
from support.day_loading import DAY, DAY_BEFORE, ids_of, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import rows

YESTERDAY = DAY + timedelta(days=1)


def test_a_user_without_history_is_told_in_one_sentence_how_to_get_it_and_what_it_takes(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        said = offer_history(runtime)
        assert said is not None
        kills = len(ids_of(simulator, DAY - timedelta(days=2), DAY_BEFORE, DAY, YESTERDAY))
        guess = estimate(runtime, FIRST_DAY, YESTERDAY, "auto", "missing")
        assert f"`python -m killmart backfill {FIRST_DAY} {YESTERDAY}`" in said
        assert f"{guess.days:,} days with {kills:,} killmails: {sum(guess.requests.values()):,} requests" in said
        assert guess.disk_bytes == kills * (DISK_BYTES_PER_KILL + CANDIDATE_BYTES_PER_KILL)
        assert said.count(". ") == 0
        assert rows(runtime, "SELECT count(*) FROM staging.batches") == [(0,)]

        monkeypatch.setattr(first_load, "FEW_DAYS", 2)
        backfill(runtime, DAY, DAY, "auto", "missing")
        assert offer_history(runtime) is not None  # what killmails_daily brings is no history
        backfill(runtime, DAY_BEFORE, DAY, "auto", "missing")
        assert offer_history(runtime) is None


def test_where_no_upstream_answers_it_is_told_without_figures(make_runtime: MakeRuntime) -> None:
    nowhere = "http://127.0.0.1:9"
    said = offer_history(make_runtime(r2z2=nowhere, everef=nowhere))
    assert "neither upstream gave its totals" in (said or "")


def test_a_live_stack_tells_it_and_a_simulated_one_does_not(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart_stack.supervisor.offer_history", lambda runtime: "how to get it")
    runtime = make_runtime()
    settings = load_settings({"KILLMART_HOME": str(runtime.settings.home_path)})
    Home(settings.home_path).prepare()
    told = {
        simulated: Stack(
            Plan(simulated), settings, Home(settings.home_path), choose_ports(settings.port), Signals()
        )._how_to_get_history()
        for simulated in (True, False)
    }
    assert told == {True: [], False: ["how to get it"]}
