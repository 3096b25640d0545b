"""The limits of the upstreams of whole days, kept by all processes of an installation together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from day_loading import DAY, on, past_gate, serving
from killmart.config.settings import Settings
from killmart.db.budget import pause_service
from killmart.errors import UpstreamRefusedError
from killmart.runtime import Runtime
from killmart.stages.day_sources import HISTORY_SHARE, DaySources, _Manners
from killmart.stages.days import load_days
from killmart.stages.drain import drain
from making import MakeRuntime
from pipeline import rows, run


def test_the_feed_and_the_history_together_keep_the_rate_of_their_host() -> None:
    assert Settings().r2z2_rate * (1 + HISTORY_SHARE) < 15


def test_several_backfills_share_the_part_of_the_history(make_runtime: MakeRuntime) -> None:
    turn_seconds, each = 0.02, 10
    runtimes = [make_runtime() for _ in range(3)]  # each with connections of its own, like a process
    under_way: list[int] = []
    sent: list[float] = []

    def send() -> Any:
        under_way.append(len(sent))
        assert len(under_way) == 1, "two requests at once"
        sent.append(time.monotonic())
        under_way.pop()
        return SimpleNamespace(status_code=200)

    def work(runtime: Runtime) -> None:
        ask = _Manners(runtime.engine, "r2z2", turns_per_second=1 / turn_seconds)
        for _ in range(each):
            ask(send)

    started = time.monotonic()
    with ThreadPoolExecutor(len(runtimes)) as pool:
        list(pool.map(work, runtimes))
    assert len(sent) == each * len(runtimes)
    assert sent[-1] - started >= (len(sent) - 1) * turn_seconds  # however slow this machine is, never faster


def test_a_host_that_bans_one_process_is_left_alone_by_all(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        banned, other = (on(simulator, make_runtime, feed="r2z2") for _ in range(2))
        with banned.engine.begin() as connection:
            pause_service(connection, "r2z2", 3600.0, "answered 403")
        sources = DaySources(other)
        with pytest.raises(UpstreamRefusedError, match="told us to stay away"):
            sources.history.day_list(DAY)
        sources.close()
        assert drain(other, 1.0).refs == 0
        assert not any(service == "r2z2" for service, _, _ in simulator.state.counts)
        [day] = load_days(other, [DAY]).days  # EVE Ref has it all the same
        assert day.loaded > 0
        run(other, "UPDATE ops.pauses SET until = clock_timestamp() + interval '1 second'")
        assert load_days(other, [DAY - timedelta(days=1)]).is_complete  # a short pause is sat out


@pytest.mark.parametrize(("status", "least"), [(403, 3000), (429, 1)])
def test_what_an_answer_says_of_staying_away_is_kept_for_everybody(
    make_runtime: MakeRuntime, status: int, least: float
) -> None:
    answer: Any = SimpleNamespace(status_code=status, headers={})
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        sources = DaySources(runtime)
        for session in sources._sessions:
            assert session.on_wire is not None
            session.on_wire(lambda: answer)
        sources.close()
        found = rows(
            runtime, "SELECT service, extract(EPOCH FROM until - clock_timestamp()) > :s FROM ops.pauses", s=least
        )
        assert sorted(found) == [("everef", True), ("r2z2", True)]
