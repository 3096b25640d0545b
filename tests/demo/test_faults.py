"""Which faults strike which requests: options, rates, and the same ones in every run."""

from __future__ import annotations

from typing import Any

import pytest

from killmart.errors import KillmartError
from killmart_demo.clock import scaled
from killmart_demo.faults import KINDS, FaultPlan, Faults, parse_faults


def test_the_options_of_the_command_line() -> None:
    text = "500=0.05, esi:reset=0.1,all=0.01,timeout_seconds=3,retry_after_seconds=2,altered_always=5+6,"
    assert parse_faults(text, 7) == Faults(
        seed=7,
        rates={"500": 0.05, "esi:reset": 0.1, "all": 0.01},
        timeout_seconds=3.0,
        retry_after_seconds=2,
        altered_always=frozenset({5, 6}),
    )
    assert parse_faults("", 1) == Faults()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("501=0.1", "no fault '501'"),
        ("500", "'500' is not understood"),
        ("500=often", "'500=often' is not understood"),
        ("500=1.5", "'500' is 1.5"),
        (":500=0.1", "no fault ':500'"),
        ("altered_always=a", "not understood"),
        ("downtime_seconds=0", "seconds"),
    ],
)
def test_what_makes_no_sense_is_named(text: str, says: str) -> None:
    with pytest.raises(KillmartError, match=says):
        parse_faults(text, 1)


def test_the_closest_rate_counts_and_all_spares_what_loses_killmails() -> None:
    faults = parse_faults("all=0.1,esi:all=0.2,500=0.3,esi:500=0.4", 1)
    kinds = KINDS
    assert [faults.rate(kinds["500"], service) for service in ("esi", "r2z2")] == [0.4, 0.3]
    assert [faults.rate(kinds["reset"], service) for service in ("esi", "r2z2")] == [0.2, 0.1]
    assert [faults.rate(kinds[name], "esi") for name in ("422_final", "pop_reset")] == [0, 0]


def chosen(plan: FaultPlan, paths: range, attempts: int = 1) -> list[str | None]:
    found = []
    for path in paths:
        for _ in range(attempts):
            attempt = plan.attempt("esi", f"killmails/{path}")
            kind = plan.choose("esi", "esi/killmail", f"killmails/{path}", attempt)
            found.append(kind.name if kind else None)
    return found


def test_runs_of_one_seed_repeat_in_any_order(clock: Any) -> None:
    faults = parse_faults("all=0.05", 3)
    first = chosen(FaultPlan(faults, clock), range(200))
    assert first == list(reversed(chosen(FaultPlan(faults, clock), range(199, -1, -1))))
    assert first != chosen(FaultPlan(parse_faults("all=0.05", 4), clock), range(200))
    hits = {name for name in chosen(FaultPlan(faults, clock), range(3_000)) if name}
    assert hits >= {"500", "reset", "html", "420", "422", "altered", "slow"}
    assert not hits & {"422_final", "pop_reset", "no_zkb", "hole"}


def test_rates_are_kept(clock: Any) -> None:
    plan = FaultPlan(parse_faults("503=0.2", 1), clock)
    hits = [name for name in chosen(plan, range(500), attempts=4) if name]
    assert 300 < len(hits) < 500  # 400 expected of 2,000


def test_a_transient_fault_passes_and_a_final_one_stays(clock: Any) -> None:
    final = chosen(FaultPlan(parse_faults("422_final=0.5", 1), clock), range(50), attempts=4)
    transient = chosen(FaultPlan(parse_faults("422=0.5", 1), clock), range(50), attempts=4)
    by_path = [set(final[at : at + 4]) for at in range(0, 200, 4)]
    assert all(len(kinds) == 1 for kinds in by_path)
    assert {None, "422_final"} == set().union(*by_path)
    assert any(len(set(transient[at : at + 4])) == 2 for at in range(0, 200, 4))


def test_downtimes_last_15_minutes_of_the_clock(clock: Any) -> None:
    plan = FaultPlan(Faults(downtime_from=100.0), clock)
    start = clock.at

    def down_at(seconds: float) -> bool:
        clock.at = start + seconds
        return plan.is_down("esi")

    assert [down_at(seconds) for seconds in (0, 99, 100, 999, 1_000)] == [False, False, True, True, False]
    clock.at = start
    plan = FaultPlan(parse_faults("esi:downtime=0.5", 1), clock)
    stretches = [down_at(900 * number + 1) for number in range(40)]
    assert stretches == [down_at(900 * number + 899) for number in range(40)]
    assert not stretches[0]
    assert 10 < sum(stretches) < 30
    assert not any(plan.is_down("r2z2") for clock.at in range(1_000, 40_000, 900))


def test_a_scaled_clock_runs_faster_from_now_on(clock: Any) -> None:
    fast = scaled(clock, 60)
    assert fast() == clock.at
    clock.at += 15
    assert fast() == clock.at + 59 * 15
