"""ESI's token bucket and its pauses, shared by every process: used to the full and never overdrawn."""

from __future__ import annotations

import time
from typing import Any

import pytest

from killmart.db.budget import TokenBudget
from killmart.load.fetch import fetch
from killmart.model.budget import Reservation
from killmart.runtime import Runtime
from killmart_demo.app import Running
from support.installation import (
    Installation,
    hashes_of,
    killmails,
    rows,
    run_sql,
    set_faults,
    simulated,
    stage_refs,
    status,
)
from support.scripted import Answer, Handler, Request, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
TOKENS = 3600
FETCH_ON_CALL = """
logging.getLogger().setLevel(logging.WARNING)  # nobody reads its pipe meanwhile
runtime.engine.connect().close()
print("ready", flush=True)
input()
fetch(runtime)
"""


def fill(runtime: Runtime, simulator: Running, window: float, until: float) -> None:
    """Let the bucket be one that has been used up evenly over the window that ends at `until` (Unix time)."""
    slots = 400
    each = TOKENS // slots
    offset = time.monotonic() - time.time()
    bucket = simulator.state.bucket
    for slot in range(slots):
        at = until - window + window * (slot + 1) / slots
        bucket._spent.append((at + offset, each))
        bucket._used += each
        run_sql(
            runtime,
            "INSERT INTO ops.token_ledger VALUES ('esi', to_timestamp(:at), :tokens)",
            at=at + 0.02,
            tokens=each,
        )
    run_sql(runtime, "INSERT INTO ops.token_limits VALUES ('esi', :tokens, :window)", tokens=TOKENS, window=window)


def pace_of_one(installation: Installation, simulator: Running) -> float:
    """Killmails a second that this machine fetches now in one process, without any limit."""
    runtime = installation.runtime(simulator.url)
    stage_refs(runtime, hashes_of(simulator))
    started = time.monotonic()
    fetch(runtime)
    pace = len(simulator.state.feed.ids) / (time.monotonic() - started)
    for table in ("staging.killmails", "ops.token_ledger", "ops.token_limits", "ops.request_stats"):
        run_sql(runtime, f"DELETE FROM {table}")
    return pace


@pytest.mark.soak
@pytest.mark.timeout(400)
def test_two_processes_use_the_whole_bucket_and_never_more(installation: Installation, record_property: Any) -> None:
    with simulated(kills=100, seed=2, esi_tokens=10 * TOKENS) as simulator:
        pace = pace_of_one(installation, simulator)
    window = min(90.0, max(30.0, 1.3 * TOKENS / 2 / pace))  # what both have to keep up with, and some
    kills = int(1.7 * TOKENS / 2)
    with simulated(kills=kills, esi_tokens=TOKENS, esi_window_seconds=round(window)) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        fetchers = [installation.start(FETCH_ON_CALL, simulator.url) for _ in range(2)]
        assert [process.stdout.readline() for process in fetchers] == ["ready\n"] * 2  # type: ignore[union-attr]
        start = time.time() + 3.0
        fill(runtime, simulator, round(window), until=start)
        for process in fetchers:
            print("go", file=process.stdin, flush=True)
        time.sleep(max(0.0, start + 1.0 - time.time()))
        used = []
        while time.time() < start + 1.5 * window:
            used.append(simulator.state.bucket.used)
            time.sleep(0.05)
        asked = [process.poll() for process in fetchers]
        state = status(simulator)
        for process in fetchers:
            process.kill()

    use = sum(used) / len(used) / TOKENS
    record_property("budget_use", use)
    print(f"{use:.1%} of the budget used over 1.5 windows of {window:.0f} s, {state['esi']['bodies']} bodies")
    assert asked == [None, None]  # both still had work
    assert (state["esi_overdrawn"], state["breaches"]) == (0, [])
    assert {name.split()[-1] for name in state["requests"]["esi"]} == {"200"}
    assert use >= 0.95
    assert state["esi"]["bodies_again"] == 0


def test_who_waits_for_budget_needs_no_cpu(installation: Installation) -> None:
    code = """
import time
cpu, wall = time.process_time(), time.monotonic()
fetch(runtime)
print((time.process_time() - cpu) / (time.monotonic() - wall))
"""
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        run_sql(runtime, "INSERT INTO ops.token_limits VALUES ('esi', 3600, 60)")
        run_sql(
            runtime,
            "INSERT INTO ops.token_ledger SELECT 'esi', clock_timestamp() - make_interval(secs => 56 - n * 0.1), 36"
            " FROM generate_series(1, 100) AS n",
        )
        code, said = installation.run(code, simulator.url)
        assert code == 0, said
        print(f"{float(said.splitlines()[0]):.1%} of a CPU while waiting")
        assert float(said.splitlines()[0]) < 0.3  # its three requests and its start included
        assert {row.state for row in killmails(runtime).values()} == {"fetched"}


@pytest.mark.parametrize(
    ("fault", "pause"), [("_429", 30.0), ("_429_bare", 60.0), ("_420", 30.0)], ids=["429", "429 without a time", "420"]
)
def test_a_pause_that_esi_asks_for_holds_for_every_process(
    installation: Installation, fault: str, pause: float
) -> None:
    with simulated(kills=60) as simulator:
        runtime = installation.runtime(simulator.url, esi_concurrency=4)
        stage_refs(runtime, hashes_of(simulator))
        set_faults(simulator, retry_after_seconds=30, **{fault: 1.0})
        assert fetch(runtime, seconds=5).fetched == 0
        set_faults(simulator)
        asked = simulator.state.counts.total()
        assert asked <= 4  # what was in flight
        code, said = installation.run("fetch(runtime, seconds=5)", simulator.url)
        assert (code, "of quiet; the next run goes on" in said) == (0, True)
        assert simulator.state.counts.total() == asked
        [row] = rows(runtime, "SELECT extract(epoch FROM until - set_at)::float AS seconds FROM ops.pauses")
        assert row.seconds == pytest.approx(pause, abs=1)
        assert {(row.state, row.attempts) for row in killmails(runtime).values()} == {("pending", 0)}
        assert status(simulator)["breaches"] == []
        run_sql(runtime, "UPDATE ops.pauses SET until = now()")
        assert fetch(runtime).fetched == 60


def test_the_error_limit_is_kept_below_half(installation: Installation) -> None:
    errors = 0

    def answer(_: Request, __: Handler) -> Answer:
        nonlocal errors
        errors += 1
        return 404, {}, {"X-ESI-Error-Limit-Remain": str(100 - errors), "X-ESI-Error-Limit-Reset": "40"}

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=16)
        stage_refs(runtime, dict.fromkeys(range(1, 201), HASH))
        fetch(runtime, seconds=5)
        assert 20 < errors <= 50
        [row] = rows(runtime, "SELECT reason FROM ops.pauses")
        assert row.reason == "fewer than 70 of the errors that ESI allows a minute are left"


def test_what_others_at_this_address_spend_is_heeded(installation: Installation) -> None:
    def answer(request: Request, _: Handler) -> Answer:
        killmail_id = int(request.path.split("/")[-2])
        return 200, {"killmail_id": killmail_id}, {"X-Ratelimit-Limit": "3600/15m", "X-Ratelimit-Remaining": "3"}

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=1)
        stage_refs(runtime, dict.fromkeys(range(1, 6), HASH))
        fetch(runtime, seconds=5)
        assert len(esi.requests) == 1  # three tokens are left: less than the dearest answer


def test_a_limit_that_esi_changes_is_known_to_the_next_process_before_it_asks(installation: Installation) -> None:
    def answer(request: Request, _: Handler) -> Answer:
        killmail_id = int(request.path.split("/")[-2])
        return 200, {"killmail_id": killmail_id}, {"X-Ratelimit-Limit": "12/30m", "X-Ratelimit-Remaining": "10"}

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=1)
        stage_refs(runtime, dict.fromkeys(range(1, 20), HASH))
        assert fetch(runtime, seconds=2).fetched == 4  # 8 tokens, and the next one could cost 5
        wait = TokenBudget(runtime.engine).reserve("esi")
        assert isinstance(wait, float)
        assert 1700 < wait < 1810


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Ratelimit-Limit": "0/0s", "X-Ratelimit-Remaining": "0"},
        {"X-Ratelimit-Limit": "1/15m", "X-Ratelimit-Remaining": "\u00b2"},
        {"X-Ratelimit-Limit": "99999999999999999999/15m", "X-Ratelimit-Remaining": "-5"},
        {"X-ESI-Error-Limit-Remain": "nan", "X-ESI-Error-Limit-Reset": "inf"},
        {"X-ESI-Error-Limit-Remain": "1", "X-ESI-Error-Limit-Reset": "1e400", "Retry-After": "-3"},
    ],
    ids=["nothing at all", "no number", "beyond all bounds", "not a number", "infinite"],
)
def test_headers_that_make_no_sense_stop_nobody_for_good(installation: Installation, headers: dict[str, str]) -> None:
    told = iter([429, 200, 200])
    with scripted(lambda *_: (next(told), {"killmail_id": 1}, headers | {"Retry-After": "inf"})) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url)
        stage_refs(runtime, {1: HASH})
        fetch(runtime, seconds=1)
        [row] = rows(runtime, "SELECT extract(epoch FROM until - set_at)::float AS seconds FROM ops.pauses")
        assert row.seconds <= 3600
        run_sql(runtime, "UPDATE ops.pauses SET until = now()")
        fetch(runtime, seconds=5)
        assert killmails(runtime)[1].state == "fetched"


def test_a_ledger_from_the_future_blocks_nobody(installation: Installation) -> None:
    with simulated(kills=0) as simulator:
        runtime = installation.runtime(simulator.url)
        run_sql(
            runtime, "INSERT INTO ops.token_ledger VALUES ('esi', now() + interval '1 day', 3600)"
        )  # clock set back
        assert isinstance(TokenBudget(runtime.engine).reserve("esi"), Reservation)
