"""What once held RedisQ for ever or lost a package in silence: objects broken for good, pops that broke off."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import Drained, drain
from killmart.runtime import Runtime
from support.installation import Installation, cursor, rows, set_faults, simulated, staged
from support.popping import popping
from support.scripted import Answer, Scripted

PAGE = b"<!DOCTYPE html><html><body>error code: 1015</body></html>"
KILL_IN_POP = """
from killmart.sources.redisq import RedisQ
pop, pops = RedisQ._pop, []
def pop_and_die(self, queue_id):
    popped = pop(self, queue_id)
    pops.append(popped)
    if len(pops) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return popped
RedisQ._pop = pop_and_die
drain(runtime)
"""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No object is asked for five times by tests that are about what comes of it."""
    monkeypatch.setattr("killmart.sources.redisq._TRIES", 2)


def reader(installation: Installation, upstream: Scripted) -> Runtime:
    return installation.runtime(upstream.url, redisq=upstream.url)


def try_drain(runtime: Runtime) -> Drained | None:
    """A run, which may end red."""
    with suppress(UpstreamError):
        return drain(runtime)
    return None


def holes(runtime: Runtime) -> list[tuple[str, int]]:
    found = rows(runtime, "SELECT reason, maybe_lost FROM staging.feed_holes ORDER BY hole_id")
    return [tuple(row) for row in found]


def put_aside(runtime: Runtime) -> list[str]:
    """The objects that were given up, by what their entries in quarantine say."""
    details = [row.detail for row in rows(runtime, "SELECT detail FROM quality.quarantine ORDER BY quarantine_id")]
    return [
        found[1] for detail in details if (found := re.match(r"RedisQ object (\S+) could not be read in two", detail))
    ]


@pytest.mark.parametrize("place", ["before others", "last"])
@pytest.mark.parametrize(
    "bad",
    [500, 410, 522, (200, PAGE), (200, b'{"package":{"killID":3'), (302, b"", {"Location": "/elsewhere"})],
    ids=str,
)
def test_an_object_that_stays_unreadable_is_put_aside_when_two_runs_found_it_so(
    installation: Installation, bad: Answer | int, place: str
) -> None:
    objects = ["1", "2", "3", "4", "5"] if place == "before others" else ["1", "2", "3"]
    with popping(objects, lambda one: bad if one == "3" else 200) as upstream:
        runtime = reader(installation, upstream)
        with pytest.raises(UpstreamError, match="RedisQ's object 3 at"):
            drain(runtime)
        at = cursor(runtime, "redisq")
        assert (at.position, at.failures, at.pop_began_at, holes(runtime)) == ("3", 1, None, [])
        drained = drain(runtime)
        assert (drained.is_dry, drained.unreadable, drained.holes) == (True, 1, 1)
        assert staged(runtime) == {int(one) for one in objects} - {3}
        assert (put_aside(runtime), cursor(runtime, "redisq").position) == (["3"], None)
        [(reason, _)] = holes(runtime)
        assert reason.startswith("RedisQ object 3 could not be read in two runs")


def test_two_bad_objects_in_a_row_hold_nothing_either(installation: Installation) -> None:
    with popping(["1", "2", "3", "4"], lambda one: 500 if one in ("2", "3") else 200) as upstream:
        runtime = reader(installation, upstream)
        assert [try_drain(runtime) is None for _ in range(3)] == [True, True, False]
        assert (staged(runtime), put_aside(runtime)) == ({1, 4}, ["2", "3"])


def test_an_expired_object_does_not_show_that_others_can_be_read(installation: Installation) -> None:
    bad: dict[str, Answer | int] = {"2": 500, "3": 404}
    with popping(["1", "2", "3", "4"], lambda one: bad.get(one, 200)) as upstream:
        runtime = reader(installation, upstream)
        assert try_drain(runtime) is None
        assert drain(runtime).is_dry
        assert (staged(runtime), put_aside(runtime)) == ({1, 4}, ["2"])


def test_where_no_object_can_be_read_none_is_given_up(installation: Installation) -> None:
    is_away = True
    with popping([str(one) for one in range(1, 9)], lambda _: 503 if is_away else 200) as upstream:
        runtime = reader(installation, upstream)
        for _ in range(4):
            assert try_drain(runtime) is None
        assert (holes(runtime), rows(runtime, "SELECT * FROM quality.quarantine")) == ([], [])
        is_away = False
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1, 9)}
        assert (holes(runtime), rows(runtime, "SELECT * FROM quality.quarantine")) == ([], [])


def test_many_bad_objects_in_a_row_are_put_aside_where_the_null_object_can_be_read(installation: Installation) -> None:
    objects = [str(one) for one in range(1, 10)]
    with popping(objects, lambda one: 200 if one in ("9", "null") else 500) as upstream:
        runtime = reader(installation, upstream)
        for _ in range(12):
            if try_drain(runtime) is not None:
                break
        assert (staged(runtime), put_aside(runtime)) == ({9}, objects[:-1])


def test_an_object_that_can_be_read_in_the_second_run_is_read(installation: Installation) -> None:
    bad = {"2"}
    with popping(["1", "2", "3"], lambda one: 500 if one in bad else 200) as upstream:
        runtime = reader(installation, upstream)
        assert try_drain(runtime) is None
        bad.clear()
        assert drain(runtime).is_dry
        assert (staged(runtime), holes(runtime)) == ({1, 2, 3}, [])


def test_what_cloudflare_answers_for_a_server_is_tried_again(installation: Installation) -> None:
    answers = {str(one): [code] for one, code in enumerate((*range(520, 528), 500, 502), 1)}
    with popping([*answers], lambda one: answers[one].pop() if answers.get(one) else 200) as upstream:
        runtime = reader(installation, upstream)
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1, 11)}
        asked = [request.query for request in upstream.requests if request.path == "/object.php"]
        assert len(asked) == 2 * 10


def test_a_drain_that_died_in_a_pop_is_told_and_counted(installation: Installation) -> None:
    with simulated(kills=6) as simulator:
        assert installation.run(KILL_IN_POP, simulator.url)[0] == -9
        runtime = installation.runtime(simulator.url)
        assert cursor(runtime, "redisq").pop_began_at is not None
        drained = drain(runtime)
        assert (drained.is_dry, drained.new, drained.holes, drained.maybe_lost) == (True, 3, 1, 1)
        [(reason, lost)] = holes(runtime)
        assert (lost, "in the midst of a pop" in reason, "1 package may be lost" in reason) == (1, True, True)
        assert cursor(runtime, "redisq").pop_began_at is None
        metric = "SELECT value FROM ops.run_metrics WHERE stage = 'drain' AND metric = 'maybe_lost'"
        assert rows(runtime, metric) == [(1.0,)]
        assert drain(runtime).holes == 0  # reported once


def test_a_pop_that_breaks_off_is_counted_though_the_next_one_works(installation: Installation) -> None:
    with popping(["1", "2", "3"], breaks_off={2}) as upstream:
        runtime = reader(installation, upstream)
        drained = drain(runtime)
        assert (drained.is_dry, drained.maybe_lost, staged(runtime)) == (True, 1, {1, 3})
        [(reason, lost)] = holes(runtime)
        assert (reason, lost) == ("listen.php broke off without an answer: 1 package may be lost", 1)


def test_a_pop_that_a_proxy_gave_up_is_counted_as_well(installation: Installation) -> None:
    with popping(["1", "2", "3"], times_out={2}) as upstream:
        drained = drain(runtime := reader(installation, upstream))
        assert (drained.is_dry, drained.maybe_lost, staged(runtime)) == (True, 1, {1, 3})


def test_a_failed_handshake_pops_nothing(installation: Installation) -> None:
    with popping(["1"]) as upstream:
        secure = upstream.url.replace("http:", "https:")
        runtime = installation.runtime(secure, redisq=secure)
        with pytest.raises(UpstreamError, match="cannot be reached"):
            drain(runtime)
        assert holes(runtime) == []


@pytest.mark.parametrize("fault", ["_403", "_503"])
def test_a_refusal_pops_nothing_and_counts_as_nothing_lost(installation: Installation, fault: str) -> None:
    with simulated(kills=2) as simulator:
        runtime = installation.runtime(simulator.url)
        set_faults(simulator, **{fault: 1.0})
        assert try_drain(runtime) is None
        set_faults(simulator)
        assert (drain(runtime).new, holes(runtime)) == (2, [])


def test_a_host_that_is_not_there_pops_nothing(installation: Installation) -> None:
    runtime = installation.runtime("http://127.0.0.1:1")
    for _ in range(2):
        with pytest.raises(UpstreamError, match="cannot be reached"):
            drain(runtime)
    assert holes(runtime) == []


def test_a_time_box_never_ends_a_drain_within_a_pop(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url)
        while not drain(runtime, seconds=0).is_dry:
            assert cursor(runtime, "redisq").pop_began_at is None
        assert (staged(runtime), holes(runtime)) == (set(simulator.state.feed.ids), [])
