"""Percentiles, steps and sums of the pipeline pages: numbers in, numbers out."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from killmart.config.sqlfiles import source
from killmart.model.request_stats import LATENCY_BOUNDS
from killmart.text import lasting, latency
from killmart.watch.rules import RUNBOOK, load_rules
from killmart.web.pipeline.latency import percentile
from killmart.web.pipeline.progress import gauges_by_label, of_stages, throughput
from killmart.web.pipeline.runbook import rendered
from killmart.web.pipeline.spans import SPANS, over_time
from killmart.web.pipeline.traffic import of_services, outcomes, summed

NOW = datetime(2026, 11, 22, 19, 7, 31, tzinfo=UTC)
BUCKETS = len(LATENCY_BOUNDS) + 1


def counted(*, bucket: datetime | None = None, service: str = "esi", **counts: int) -> dict[str, object]:
    """A row of sum_requests with these counts, all answered within the first bucket."""
    names = ("requests", "cache_hits", "bytes", "not_there", "limited", "refused", "broken", "unanswered")
    row: dict[str, object] = {"bucket": bucket, "service": service, "route": "/x", **dict.fromkeys(names, 0), **counts}
    return row | {"latency_buckets": [counts.get("requests", 0), *[0] * (BUCKETS - 1)]}


@pytest.mark.parametrize(
    ("buckets", "percent", "seconds"),
    [
        ({}, 50, None),
        ({0: 10}, 50, 0.0125),
        ({0: 10}, 100, 0.025),
        ({3: 100}, 50, 0.175),
        ({0: 50, 5: 50}, 50, 0.025),
        ({0: 50, 5: 50}, 90, 0.9),
        ({0: 99, 9: 1}, 99, 0.025),
        ({10: 5}, 50, 30.0),
        ({0: 1, 10: 99}, 90, 30.0),
    ],
)
def test_percentiles_lie_within_their_bucket(buckets: dict[int, int], percent: float, seconds: float | None) -> None:
    found = percentile([buckets.get(place, 0) for place in range(BUCKETS)], percent)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_percentiles_agree_with_the_latencies_that_were_counted() -> None:
    dice = random.Random(7)
    latencies = sorted(dice.lognormvariate(-2, 1) for _ in range(5000))
    buckets = [0] * BUCKETS
    for value in latencies:
        buckets[next((place for place, bound in enumerate(LATENCY_BOUNDS) if value <= bound), BUCKETS - 1)] += 1
    for percent in (50, 90, 99):
        true = latencies[len(latencies) * percent // 100 - 1]
        place = next(place for place, bound in enumerate(LATENCY_BOUNDS) if true <= bound)
        found = percentile(buckets, percent)
        assert found is not None
        assert (LATENCY_BOUNDS[place - 1] if place else 0) <= found <= LATENCY_BOUNDS[place]


@given(st.lists(st.integers(0, 1000), min_size=BUCKETS, max_size=BUCKETS))
def test_percentiles_rise(buckets: list[int]) -> None:
    found = [percentile(buckets, percent) for percent in (1, 50, 90, 99, 100)]
    if any(buckets):
        values = [value for value in found if value is not None]
        assert len(values) == 5
        assert all(earlier <= later for earlier, later in pairwise(values))
    else:
        assert found == [None] * 5


def test_the_query_adds_up_every_bucket() -> None:
    for place in range(1, BUCKETS + 1):
        assert f"sum(latency_buckets[{place}])" in source("ops/sum_requests")
    assert f"latency_buckets[{BUCKETS + 1}]" not in source("ops/sum_requests")


@pytest.mark.parametrize("name", SPANS)
def test_steps_begin_at_round_times_and_hold_the_whole_span(name: str) -> None:
    span = SPANS[name]
    starts = span.starts(NOW)
    assert starts[0] <= NOW - span.length + span.step
    assert starts[0] + span.length <= NOW < starts[-1] + span.step
    assert {later - earlier for earlier, later in pairwise(starts)} == {span.step}
    assert all(start.timestamp() % span.step.total_seconds() == 0 for start in starts)
    assert len(starts) < 120  # more would be a blur on a phone


def test_rows_are_put_where_their_step_is() -> None:
    starts = SPANS["1h"].starts(NOW)
    rows = [{"bucket": starts[2], "value": 5}, {"bucket": starts[0] - timedelta(days=1), "value": 9}]
    assert over_time(rows, starts, "value") == [None, None, 5, *[None] * (len(starts) - 3)]


def test_every_request_has_one_outcome() -> None:
    row = counted(requests=100, cache_hits=25, not_there=5, limited=3, refused=2, broken=7, unanswered=1)
    total = summed([row, row])
    assert total["answered"] == 2 * (100 - 18)
    assert (total["failed"], total["error_percent"], total["cache_percent"]) == (20, 10, 20)
    assert total["p50"] == pytest.approx(0.0125)
    only_cached = summed([counted(cache_hits=4)])
    assert (only_cached["error_percent"], only_cached["cache_percent"], only_cached["p50"]) == (None, 100, None)


def test_services_are_told_apart_over_time() -> None:
    starts = SPANS["1h"].starts(NOW)
    rows = [
        counted(bucket=starts[1], service="esi", requests=10, broken=5),
        counted(bucket=starts[1], service="redisq", requests=4),
        counted(bucket=starts[3], service="esi", requests=2),
        counted(service="esi", requests=12, broken=5),
    ]
    esi, redisq = of_services(rows, starts)
    assert (esi["requests"], esi["failed"], redisq["requests"]) == (12, 5, 4)
    assert esi["over_time"]["error_percent"][:4] == [None, 50, None, 0]
    assert esi["over_time"]["requests"][:4] == [0, 10, 0, 2]
    steps = outcomes(rows, starts)
    assert [(step["requests"], step["broken"], step["answered"]) for step in steps[:4]] == [
        (0, 0, 0),
        (14, 5, 9),
        (0, 0, 0),
        (2, 0, 2),
    ]


def test_stages_are_summed_in_their_order() -> None:
    starts = SPANS["1h"].starts(NOW)
    rows = [
        {"bucket": starts[place], "stage": stage, "metric": metric, "total": total, "most": total}
        for place, stage, metric, total in (
            (0, "promote", "inserted_killmails", 7.0),
            (0, "promote", "changed_killmails", 1.0),
            (4, "promote", "inserted_killmails", 2.0),
            (0, "promote", "runs", 1.0),
            (4, "promote", "memory_bytes", 5.0),
            (0, "promote", "memory_bytes", 9.0),
            (0, "drain", "refs", 8.0),
            (0, "names", "seconds", 3.0),
        )
    ]
    stages = of_stages(rows)
    assert [stage["stage"] for stage in stages] == ["drain", "promote", "names"]
    assert stages[1] == {"stage": "promote", "runs": 1, "killmails": 10, "seconds": 0.0, "memory_bytes": 9}
    assert stages[2]["killmails"] is None
    assert throughput(rows, starts)["promote"][:5] == [8, 0, 0, 0, 2]


def test_gauges_are_told_by_label_and_scaled() -> None:
    starts = SPANS["1h"].starts(NOW)
    rows = [{"bucket": starts[0], "metric": "budget_left_ratio", "label": "esi", "least": 0.25}]
    assert gauges_by_label(rows, starts, "budget_left_ratio", "least", 100) == {
        "esi": [25.0, *[None] * (len(starts) - 1)]
    }


def test_lengths_of_time_are_short() -> None:
    said = [lasting(seconds) for seconds in (None, 0, 59, 61, 600, 3600, 12_000, 86_400 * 2 + 3600 * 4 + 60)]
    assert said == ["–", "0 s", "59 s", "1 min", "10 min", "1 h", "3 h 20 min", "2 d 4 h"]
    assert [latency(seconds) for seconds in (None, 0.0125, 1.26, 30.0)] == ["–", "12 ms", "1.3 s", "over 30 s"]


def test_the_runbook_has_an_anchor_for_every_rule() -> None:
    from killmart.config.settings import PROJECT

    page = rendered((PROJECT / RUNBOOK).read_text())
    for rule in load_rules():
        assert f'id="{rule.name}"' in page
    assert "<h1" not in page


def test_the_runbook_s_markup_is_its_own() -> None:
    page = rendered("# T\n\n### <script>x</script>\n\n<img src=x onerror=alert(1)> [a](javascript:alert(1))")
    assert "<script" not in page
    assert "<img" not in page
    assert "href" not in page
