"""ops.request_stats is what the upstreams themselves counted, request for request, under every fault there is."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.runtime import Runtime
from killmart_demo.app import Running
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


def seen(simulator: Running) -> Counts:
    """What the simulator counted, once it has let go of every request."""
    while any(simulator.state.watch.in_flight.values()):
        time.sleep(0.01)
    counts = simulator.state.counts.items()
    return {(service, _nameless(route), code): count for (service, route, code), count in counts}


def test_every_request_is_counted_under_its_route_and_status(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with simulated(kills=20, esi_tokens=100_000) as simulator:
        # What is answered has the usual time to come: a client that hung up first would have counted another status.
        set_faults(simulator, all=0.02, timeout=0, slow_seconds=0.1, retry_after_seconds=0)
        for feed in ("r2z2", "redisq"):
            runtime = installation.runtime(simulator.url, feed=feed, r2z2_start=FIRST)
            for _ in range(30):
                with contextlib.suppress(UpstreamError):
                    if drain(runtime).is_dry:
                        break
                run_sql(runtime, "DELETE FROM ops.pauses")
        stage_refs(runtime, hashes_of(simulator))
        run_sql(runtime, "UPDATE staging.killmails SET state = 'pending', body = NULL")
        while fetch(runtime, seconds=0.9).waiting:  # shorter than any pause, which is not waited out then
            run_sql(runtime, "DELETE FROM ops.pauses")
            run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = now()")

        # What is never answered may be given up early.
        monkeypatch.setattr("killmart.sources.transport.wire.TIMEOUT", (5.0, 0.3))
        set_faults(simulator, timeout=1, timeout_seconds=600)
        for feed in ("r2z2", "redisq"):
            with contextlib.suppress(UpstreamError):
                drain(installation.runtime(simulator.url, feed=feed, r2z2_start=FIRST, redisq_ttw=1))
        found = seen(simulator)
        faults = Counter(name for struck in status(simulator)["faults"].values() for name in struck)

    assert len(faults) >= 12, faults
    assert faults["timeout"] == 2
    assert {code for _, _, code in found} >= {0, 200, 302}
    assert counted(runtime) == found


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
