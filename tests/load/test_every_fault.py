"""Every fault at 5 % at once, on both feeds: core ends equal to the oracle, what is bad for good is kept out."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.load.live import load
from killmart.runtime import Runtime
from killmart_demo.app import running
from killmart_demo.config import SimulatorConfig
from killmart_demo.faults import parse_faults
from killmart_demo.watch import NO_LIMITS
from support import oracle, realdata
from support.making import MakeRuntime

ADDED_BY_EVEREF = ("killmail_hash", "http_last_modified")
SECONDS = "timeout=0.01,timeout_seconds=30,slow_seconds=0.1,retry_after_seconds=1"
READ_SECONDS = 2.0
"""After which the client hangs up; long, so that only what hangs by intent is given up, and few do."""


def pass_the_time(runtime: Runtime) -> int:
    """Let every pause and every wait be over (a fake clock); returns how many killmails are still under way."""
    with runtime.engine.begin() as connection:
        connection.execute(text("UPDATE ops.pauses SET until = now()"))
        connection.execute(text("UPDATE staging.killmails SET next_attempt_at = now() WHERE next_attempt_at > now()"))
        return connection.execute(
            text(
                "SELECT count(*) FROM staging.killmails "
                "WHERE state = 'pending' OR (state = 'gone' AND next_attempt_at IS NOT NULL)"
            )
        ).scalar_one()


def run_until_dry(runtime: Runtime, rounds: int = 5000) -> None:
    """Drain until the feed is dry, then fetch and load until nothing is under way."""
    dry = 0
    for _ in range(rounds):
        with contextlib.suppress(UpstreamError):  # a red task; the next run goes on
            drained = drain(runtime)
            dry = dry + 1 if drained.is_dry and not drained.refs else 0
        if dry == 3:  # once may be a file that is missing while nothing ahead of it can be read
            break
        pass_the_time(runtime)
    else:
        pytest.fail(f"the feed is not dry after {rounds} rounds")
    for _ in range(rounds):
        fetch(runtime, seconds=0.9)  # where ESI wants more quiet than this, the fetch ends
        if not pass_the_time(runtime):
            load(runtime)
            if not pass_the_time(runtime):  # nothing was sent back to be fetched again
                return
    pytest.fail(f"not everything is loaded after {rounds} rounds")


def half_of_the_real_kills(which: int, folder: Path) -> tuple[Path, list[realdata.RealKill]]:
    """Every other real kill of each kind, as a file for the simulator and as they are."""
    file, kills = folder / "bodies.jsonl.gz", []
    with gzip.open(file, "wt") as bodies:
        for kill in [*realdata.edge_cases(), *realdata.corpus(), *realdata.ccp_verified()][which::2]:
            bodies.write(json.dumps(kill.body) + "\n")
            kills.append(kill)
    return file, kills


@realdata.needs_realdata
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("feed", "which"), [("redisq", 0), ("r2z2", 1)])
def test_with_every_fault_at_five_percent_core_equals_the_oracle(
    make_runtime: MakeRuntime, feed: str, which: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real_sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real_sleep(seconds / 50))  # backoff and Retry-After, scaled
    monkeypatch.setattr("killmart.sources.transport.wire.TIMEOUT", (READ_SECONDS, READ_SECONDS))
    file, kills = half_of_the_real_kills(which, tmp_path)
    hashes = {kill.body["killmail_id"]: kill.body["killmail_hash"] for kill in kills}
    bad = frozenset(sorted(one for one, it in hashes.items() if it != "CCP VERIFIED")[::30])  # altered every time
    # a hole is stepped over when the feed is well past it, which an ended feed never is at its last files: left out
    faults = parse_faults(f"all=0.05,r2z2:hole=0,{SECONDS},altered_always={'+'.join(map(str, bad))}", seed=8)
    config = SimulatorConfig(
        bodies=(file,),
        faults=faults,
        limits=NO_LIMITS,
        esi_tokens=100_000,
    )
    with running(config) as simulator:
        runtime = make_runtime(
            **{service: f"{simulator.url}/{service}" for service in ("redisq", "r2z2", "esi")},
            feed=feed,
            redisq_rate=2000,
            r2z2_rate=2000,
            r2z2_start=config.r2z2_first,
            r2z2_pause=0.05,
            retry_seconds=0.05,
            esi_rate=2000,
        )
        run_until_dry(runtime)
        status = requests.get(f"{simulator.url}/_sim/status", timeout=60).json()

    assert len(status["faults"][feed]) >= 15, status["faults"]  # kinds that struck
    with runtime.engine.connect() as connection:
        quarantined = set(
            connection.execute(text("SELECT killmail_id FROM quality.quarantine WHERE resolved_at IS NULL")).scalars()
        )
        blocks = dict(connection.execute(text("SELECT killmail_id, zkb::text FROM staging.killmails")).all())
        assert quarantined == bad
        rows = oracle.expected(
            (
                {name: value for name, value in kill.body.items() if name not in ADDED_BY_EVEREF},
                kill.body["killmail_hash"],
                json.loads(blocks[kill.body["killmail_id"]], parse_float=oracle.Decimal),
                feed,
            )
            for kill in kills
            if kill.body["killmail_id"] not in bad
        )
        assert oracle.differences(rows, connection.connection.dbapi_connection) == []
