"""The limits of the upstreams of whole days, kept by all processes of an installation together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from killmart.day_sources import DaySources
from killmart.db.budget import pause_service
from killmart.errors import UpstreamRefusedError
from killmart.load.days import load_days
from killmart.load.drain import drain, open_feed
from killmart_demo.faults import Faults
from support.day_loading import DAY, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import rows, run


def test_the_feed_and_the_history_keep_one_pace(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("killmart.db.manners.time.sleep", slept.append)
    with serving() as simulator:
        runtime = on(simulator, make_runtime, feed="r2z2", r2z2_rate=0.01)  # a turn every 110 seconds
        sources = DaySources(runtime)
        sources.history.day_list(DAY)
        session, _ = open_feed(runtime)
        session.get(f"{runtime.url('r2z2')}/ephemeral/sequence.json")
        sources.close()
        session.close()  # type: ignore[no-untyped-call]
    assert max(slept) > 100  # the feed's request waits for its turn after the history's


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


@pytest.mark.parametrize(("fault", "least"), [("403", 3000), ("429_bare", 1)])
def test_what_an_answer_says_of_staying_away_is_kept_for_everybody(
    make_runtime: MakeRuntime, fault: str, least: float
) -> None:
    with serving() as simulator:
        simulator.state.plan.faults = Faults(rates={fault: 1.0})
        runtime = on(simulator, make_runtime)
        sources = DaySources(runtime)
        for session, service in zip(sources._sessions, ("r2z2", "everef"), strict=True):
            assert str(session.get(f"{runtime.url(service)}/x").status_code) == fault[:3]
        sources.close()
        found = rows(
            runtime, "SELECT service, extract(EPOCH FROM until - clock_timestamp()) > :s FROM ops.pauses", s=least
        )
        assert sorted(found) == [("everef", True), ("r2z2", True)]
