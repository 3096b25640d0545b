"""The Prometheus text: read by the client's own parser, equal to the tables and to what the simulator served."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from killmart.db.metrics import roll_up
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.model.request_stats import LATENCY_BOUNDS
from killmart.runtime import Runtime
from killmart.watch.monitor import monitor
from killmart.watch.prometheus import exposition
from killmart.watch.rules import load_rules
from support.installation import FIRST, hashes_of, set_faults, simulated, stage_refs
from support.making import MakeRuntime
from support.pipeline import load_past_gate, rows, run

Key = tuple[str, frozenset[tuple[str, str]]]


def parsed(runtime: Runtime) -> dict[Key, float]:
    """Every sample of the text: (name, labels) to value."""
    with runtime.engine.connect() as connection:
        text = exposition(connection)
    found: dict[Key, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in ("counter", "gauge", "histogram"), family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def of(found: dict[Key, float], name: str, **labels: str) -> float:
    return sum(value for (one, its), value in found.items() if one == name and labels.items() <= dict(its).items())


def test_an_empty_warehouse_has_a_text_too(runtime: Runtime) -> None:
    found = parsed(runtime)
    assert of(found, "killmart_alert_open") == 0
    assert sum(name == "killmart_alert_open" for name, _ in found) == len(load_rules())


def test_the_text_is_what_the_simulator_served_and_the_stages_did(make_runtime: MakeRuntime) -> None:
    with simulated(kills=30) as simulator:
        urls = {name: f"{simulator.url}/{name}" for name in ("r2z2", "esi")}
        runtime = make_runtime(**urls, feed="r2z2", r2z2_start=FIRST, r2z2_rate=2000, r2z2_pause=0.05)
        drain(runtime)
        stage_refs(runtime, hashes_of(simulator))
        run(runtime, "UPDATE staging.killmails SET state = 'pending', body = NULL")
        set_faults(simulator, esi__500=0.2)
        fetch(runtime, seconds=3)
        run(runtime, "UPDATE staging.killmails SET next_attempt_at = NULL")
        fetch(runtime)
        load_past_gate(runtime)
        monitor(runtime)
        served: Counter[tuple[str, str]] = Counter()
        for (service, _, status), count in simulator.state.counts.items():
            served[service, str(status)] += count

    found = parsed(runtime)
    for (service, status), count in served.items():
        assert of(found, "killmart_http_requests_total", service=service, status=status) == count
        assert of(found, "killmart_http_request_seconds_count", service=service) == of(
            found, "killmart_http_requests_total", service=service
        )
    assert of(found, "killmart_stage_killmails_total", stage="promote", outcome="inserted") == 30
    assert of(found, "killmart_stage_runs_total", stage="fetch") == 2
    assert of(found, "killmart_staging_killmails") == 0  # all of it is promoted
    assert of(found, "killmart_stage_memory_bytes", stage="drain") > 10_000_000
    assert of(found, "killmart_database_bytes") > 1_000_000
    assert 0 < of(found, "killmart_disk_free_ratio") < 1
    bounds = {dict(its)["le"] for name, its in found if name == "killmart_http_request_seconds_bucket"}
    assert bounds == {*map(str, LATENCY_BOUNDS), "+Inf"}


def test_rolling_up_keeps_every_counter_and_makes_few_rows(make_runtime: MakeRuntime) -> None:
    with simulated(kills=30) as simulator:
        urls = {name: f"{simulator.url}/{name}" for name in ("r2z2", "esi")}
        runtime = make_runtime(**urls, feed="r2z2", r2z2_start=FIRST, r2z2_rate=2000, r2z2_pause=0.05)
        drain(runtime)
    monitor(runtime)
    before = parsed(runtime)
    for days in (3, 8, 40, 401):  # the same things at several ages
        shift = "make_interval(days => :days, mins => :days)"
        run(
            runtime,
            f"""INSERT INTO ops.request_stats
            SELECT at - {shift}, service, route, status, requests, cache_hits, seconds, latency_buckets, bytes
            FROM ops.request_stats WHERE at > now() - interval '1 day'""",
            days=days,
        )
        run(
            runtime,
            f"""INSERT INTO ops.run_metrics
            SELECT at - {shift}, dag_id, run_id, batch_id, stage, metric, label, value
            FROM ops.run_metrics WHERE at > now() - interval '1 day'""",
            days=days,
        )
    grown = parsed(runtime)
    counters = {key: value for key, value in grown.items() if key[0].endswith(("_total", "_bucket", "_count"))}
    assert {key: before[key] * 5 for key in counters} == counters
    for _ in range(2):  # once more changes nothing
        with runtime.engine.begin() as connection:
            roll_up(connection, datetime.now(UTC), 400)
        kept = parsed(runtime)
        assert {key: kept[key] for key in counters} == counters
        state = (
            rows(runtime, "SELECT * FROM ops.run_metrics ORDER BY at, stage, metric, label"),
            rows(runtime, "SELECT * FROM ops.request_stats ORDER BY at, service, route, status"),
        )
    with runtime.engine.begin() as connection:
        roll_up(connection, datetime.now(UTC), 400)
    again = (
        rows(runtime, "SELECT * FROM ops.run_metrics ORDER BY at, stage, metric, label"),
        rows(runtime, "SELECT * FROM ops.request_stats ORDER BY at, service, route, status"),
    )
    assert again == state
    odd = "SELECT count(*) FROM ops.{} WHERE at < now() - interval '31 days' AND at != date_trunc('hour', at)"
    assert rows(runtime, odd.format("request_stats")) == rows(runtime, odd.format("run_metrics")) == [(0,)]
    old = "SELECT DISTINCT at = 'epoch', stage = 'gauge' FROM ops.run_metrics WHERE at < now() - interval '400 days'"
    assert rows(runtime, old) == [(True, False)]
    query = (
        "SELECT sum(seconds)::numeric(12, 6), sum(bytes) FROM ops.request_stats WHERE at {} now() - interval '1 day'"
    )
    recent, older = rows(runtime, query.format(">"))[0], rows(runtime, query.format("<"))[0]
    assert abs(older[0] - 4 * recent[0]) < 1e-4
    assert older[1] == 4 * recent[1]


def test_every_gauge_that_is_sampled_is_told(runtime: Runtime) -> None:
    monitor(runtime)
    found = {name for name, _ in parsed(runtime)}
    for (metric,) in rows(runtime, "SELECT DISTINCT metric FROM ops.run_metrics WHERE stage = 'gauge'"):
        assert f"killmart_{metric}" in found
