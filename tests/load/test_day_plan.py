"""The plan of a day: which sources it lists, in what order, and that nobody changes it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import FrozenInstanceError

import pytest

from killmart.day_sources import DaySources
from killmart.load.day_plan import DayPlan, Notes, plan_day
from killmart.load.days import load_days
from killmart.runtime import Runtime
from support.day_loading import DAY, ids_of, on, past_gate, serving, small
from support.making import MakeRuntime
from support.pipeline import delete_kills


def plan(runtime: Runtime, source: str = "auto", mode: str = "missing") -> DayPlan:
    """The plan of the day as things stand."""
    with closing(DaySources(runtime)) as sources:
        return plan_day(runtime, sources, DAY, source, mode, Notes(DAY))


def test_the_cheapest_source_comes_first_and_the_others_fill_its_gaps(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        assert plan(runtime).tries == ("everef", "history", "esi")
        assert load_days(runtime, [DAY]).is_complete
        assert plan(runtime).tries == ()
        few = sorted(everything)[:5]
        delete_kills(runtime, few)
        found = plan(runtime)
        assert (found.tries, found.wanted) == (("esi", "everef", "history"), set(few))
        assert plan(runtime, mode="reload").tries == ("everef", "history", "esi")
        assert [plan(runtime, one).tries for one in ("everef", "history", "esi")] == [
            ("everef",),
            ("history",),
            ("esi",),
        ]
        simulator.state.days.change(small("list_missing"))
        found = plan(runtime)
        assert (found.tries, found.is_listed, found.has_no_list) == (("everef", "history", "esi"), False, True)


def test_a_plan_does_not_change(runtime: Runtime) -> None:
    with pytest.raises(FrozenInstanceError):
        DayPlan(DAY).tries = ("esi",)  # type: ignore[misc]
