"""What every feed does, whichever it is: one class of tests, which each feed passes over real HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest

from killmart.config.settings import PROJECT, FeedName, Settings
from killmart.db.locks import exclusive
from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.runtime import Runtime
from killmart.sources.feed import LARGEST_PACKAGE
from killmart.sources.feeds import FEEDS
from killmart.sources.transport.session import build_session
from support.installation import FIRST, Installation, cursor, rows, set_faults, simulated, staged, status
from support.scripted import scripted

KILL_AT_THE_FIFTH_COMMIT = """
from killmart.db import staging
move, moves = staging.move_cursor, []
def move_and_die(*args, **more):
    move(*args, **more)
    moves.append(1)
    if len(moves) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
staging.move_cursor = move_and_die
drain(runtime)
"""


def test_every_feed_that_can_be_set_is_there_and_tested() -> None:
    tested = {kind.feed for kind in FeedTests.__subclasses__()}
    assert tested == set(FEEDS) == set(FeedName.__args__)  # type: ignore[attr-defined]
    settings = Settings(redisq_rate=3.0, r2z2_rate=4.0)
    assert {name: kind.per_second(settings) for name, kind in FEEDS.items()} == {"redisq": 3.0, "r2z2": 4.0}


def test_nobody_asks_which_feed_it_is() -> None:
    asking = re.compile(r"\bfeed(_name)?\b\s*(==|!=|in [({\[])|(==|!=)\s*(redisq|r2z2|RedisQ|R2Z2)\b")
    code = sorted((PROJECT / "include" / "killmart").rglob("*.py"))
    assert len(code) > 100
    assert [(path.name, line) for path in code for line in path.read_text().splitlines() if asking.search(line)] == []


class FeedTests:
    """The feed of this name, asked from `options` on."""

    feed: str
    options: dict[str, Any]

    def reader(self, installation: Installation, url: str, **more: Any) -> Runtime:
        return installation.runtime(url, **{"feed": self.feed, **self.options, **more})

    def test_there_is_one_constructor(self) -> None:
        with build_session(self.feed, "http://127.0.0.1:9") as session:
            assert FEEDS[self.feed](session, "http://127.0.0.1:9", Settings()).name == self.feed

    def test_all_of_it_is_staged_once_and_a_second_drain_brings_nothing(self, installation: Installation) -> None:
        with simulated(kills=8) as simulator:
            runtime = self.reader(installation, simulator.url)
            first, second = drain(runtime), drain(runtime)
            assert (first.refs, first.new, first.is_dry) == (8, 8, True)
            assert (second.refs, second.new, second.is_dry) == (0, 0, True)
            assert staged(runtime) == set(simulator.state.feed.ids)
            assert status(simulator)["breaches"] == []

    def test_a_time_box_ends_it_and_the_next_run_reads_on(self, installation: Installation) -> None:
        with simulated(kills=6) as simulator:
            runtime = self.reader(installation, simulator.url)
            seen = [0]
            while seen[-1] < 6 and len(seen) < 30:  # a look that finds nothing may be a step, too
                drain(runtime, seconds=0)
                seen.append(len(staged(runtime)))
                assert seen[-1] - seen[-2] <= 1, seen
            assert staged(runtime) == set(simulator.state.feed.ids)
            assert drain(runtime).is_dry

    def test_a_kill_amid_a_drain_doubles_nothing_and_loses_no_more_than_it_says(
        self, installation: Installation
    ) -> None:
        with simulated(kills=8) as simulator:
            environ = {"feed": self.feed, **self.options}
            assert installation.run(KILL_AT_THE_FIFTH_COMMIT, simulator.url, **environ)[0] == -9
            runtime = self.reader(installation, simulator.url)
            before = staged(runtime)
            drained = drain(runtime)
            lost = set(simulator.state.feed.ids) - staged(runtime)
            assert (drained.new, drained.is_dry) == (8 - len(before) - len(lost), True)
            told = rows(runtime, "SELECT coalesce(sum(maybe_lost), 0)::int AS packages FROM staging.feed_holes")
            assert len(lost) <= told[0].packages == drained.maybe_lost

    def test_two_drains_at_once_are_one_reader(self, installation: Installation) -> None:
        with simulated(kills=20) as simulator:
            environ = {"feed": self.feed, **self.options, f"{self.feed}_rate": 40}
            others = [installation.start("print(drain(runtime).refs)", simulator.url, **environ) for _ in range(2)]
            counts = [int(process.communicate(timeout=240)[0]) for process in others]
            assert sum(counts) == 20
            assert status(simulator)["in_flight_max"][self.feed] == 1
            assert status(simulator)["breaches"] == []
            assert staged(self.reader(installation, simulator.url)) == set(simulator.state.feed.ids)

    def test_a_second_drain_leaves_it_to_the_first(self, installation: Installation) -> None:
        with simulated() as simulator:
            runtime = self.reader(installation, simulator.url)
            with exclusive(runtime.engine, f"drain {self.feed}", wait=False):
                assert drain(runtime).refs == 0
            assert status(simulator)["requests"] == {}

    def test_a_ban_ends_the_run_and_moves_nothing(self, installation: Installation) -> None:
        with simulated(kills=4) as simulator:
            runtime = self.reader(installation, simulator.url)
            set_faults(simulator, _403=1.0)
            with pytest.raises(UpstreamError, match=r"\(403\)"):
                drain(runtime)
            assert (staged(runtime), simulator.state.counts.total()) == (set(), 1)
            assert rows(runtime, "SELECT * FROM quality.quarantine") == []

    def test_no_answer_has_more_than_a_killmail_and_what_comes_with_it(self, installation: Installation) -> None:
        with scripted(lambda *_: (200, b"{" + b" " * LARGEST_PACKAGE + b"}")) as upstream:
            runtime = self.reader(installation, upstream.url, **{self.feed: upstream.url})
            with pytest.raises(UpstreamError, match=f"more than {LARGEST_PACKAGE:,}"):
                drain(runtime)

    def test_its_cursor_is_its_own(self, installation: Installation) -> None:
        with simulated(kills=2) as simulator:
            runtime = self.reader(installation, simulator.url)
            drain(runtime)
            assert [row.feed for row in rows(runtime, "SELECT feed FROM staging.feed_cursors")] == [self.feed]
            assert (cursor(runtime, self.feed).client_id is None) == (FEEDS[self.feed].propose_client_id() is None)


class TestRedisQ(FeedTests):
    feed = "redisq"
    options = {"redisq_ttw": 1}


class TestR2Z2(FeedTests):
    feed = "r2z2"
    options = {"r2z2_start": FIRST}
