"""ops.request_stats is what the upstreams themselves counted, request for request, under every fault there is."""

from __future__ import annotations

import contextlib
import re
from collections import Counter

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.runtime import Runtime
from support.installation import (
    FIRST,
    Installation,
    hashes_of,
    rows,
    run_sql,
    set_faults,
    simulated,
    stage_refs,
    status,
)

Counts = dict[tuple[str, str, int], int]


def counted(runtime: Runtime) -> Counts:
    query = "SELECT service, route, status, sum(requests)::int FROM ops.request_stats GROUP BY 1, 2, 3"
    return {
        (service, _nameless(route), code): requests
        for service, route, code, requests in rows(runtime, query)
        if requests
    }


def _nameless(route: str) -> str:
    """A route whose parameters have no names: we and the simulator call them differently."""
    return re.sub(r"\{\w+\}", "{}", route)


def test_every_request_is_counted_under_its_route_and_status(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.sources.http.TIMEOUT", (5.0, 0.5))
    with simulated(kills=20, esi_tokens=100_000) as simulator:
        set_faults(simulator, all=0.02, timeout_seconds=0.6, slow_seconds=0.1, retry_after_seconds=0)
        for feed in ("r2z2", "redisq"):
            runtime = installation.runtime(simulator.url, feed=feed, r2z2_start=FIRST)
            for _ in range(30):
                with contextlib.suppress(UpstreamError):
                    if drain(runtime).is_dry:
                        break
                run_sql(runtime, "DELETE FROM ops.pauses")
        stage_refs(runtime, hashes_of(simulator))
        run_sql(runtime, "UPDATE staging.killmails SET state = 'pending', body = NULL")
        while fetch(runtime, seconds=0.3).waiting:
            run_sql(runtime, "DELETE FROM ops.pauses")
            run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = now()")
        seen = {
            (service, _nameless(route), code): count for (service, route, code), count in simulator.state.counts.items()
        }
        faults = Counter(name for struck in status(simulator)["faults"].values() for name in struck)

    assert len(faults) >= 12, faults
    assert {code for _, _, code in seen} >= {0, 200, 302}
    assert counted(runtime) == seen


def test_bytes_latencies_and_cache_hits_add_up(installation: Installation) -> None:
    with simulated(kills=10) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        fetch(runtime)
        for _ in range(2):
            run_sql(runtime, "UPDATE staging.killmails SET state = 'pending', body = NULL")
            fetch(runtime)
        [row] = rows(
            runtime,
            "SELECT route, status, sum(requests)::int AS requests, sum(cache_hits)::int AS hits,"
            " sum(bytes)::int AS bytes, sum(seconds) AS seconds,"
            " sum((SELECT sum(n) FROM unnest(latency_buckets) AS n))::int AS timed"
            " FROM ops.request_stats GROUP BY 1, 2",
        )
        sizes = sum(len(simulator.state.feed.kill(one).body) for one in simulator.state.feed.ids)
        assert (row.route, row.status) == ("/killmails/{id}/{hash}", 200)
        assert (row.requests, row.hits, row.timed, row.bytes) == (10, 20, 10, sizes)
        assert row.seconds > 0
