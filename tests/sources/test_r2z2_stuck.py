"""What once held R2Z2 for ever: an old sequence.json, files broken for good, a restored cursor."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import Drained, drain
from killmart.runtime import Runtime
from killmart.sources import r2z2
from killmart.sources.feed import LARGEST_PACKAGE
from support.installation import Installation, cursor, rows, run_sql, staged
from support.numbered import PAGE, numbered, package
from support.scripted import Answer, Scripted


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is asked for five times by tests that are about what comes of it."""
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS", 2)


def reader(installation: Installation, upstream: Scripted, position: int = 0, **options: Any) -> Runtime:
    """A runtime whose cursor is at `position`."""
    runtime = installation.runtime(upstream.url, **{"feed": "r2z2", "r2z2_pause": 0.01, "r2z2": upstream.url} | options)
    if position:
        run_sql(runtime, "INSERT INTO staging.feed_cursors (feed, position) VALUES ('r2z2', :at)", at=str(position))
    return runtime


def position(runtime: Runtime) -> int:
    return int(cursor(runtime, "r2z2").position)


def holes(runtime: Runtime) -> list[tuple[int | None, int | None, str]]:
    found = rows(runtime, "SELECT first_position, last_position, reason FROM staging.feed_holes ORDER BY hole_id")
    return [tuple(row) for row in found]


def try_drain(runtime: Runtime) -> Drained | None:
    """A run, which may end red."""
    with suppress(UpstreamError):
        return drain(runtime)
    return None


@pytest.mark.parametrize("runs", [1, 3])
def test_a_sequence_that_is_hours_old_sends_no_cursor_back(installation: Installation, runs: int) -> None:
    with numbered(range(1000, 1300), 1050) as upstream:
        runtime = reader(installation, upstream, 1300)
        for _ in range(runs):
            drained = drain(runtime)
            assert (drained.is_dry, drained.refs, drained.holes) == (True, 0, 0)
        assert (position(runtime), holes(runtime)) == (1300, [])
        assert len(upstream.requests) <= 8 * runs


def test_a_sequence_is_asked_past_caches(installation: Installation) -> None:
    with numbered(range(1000, 1010), 1005) as upstream:
        runtime = reader(installation, upstream, 1000)
        drain(runtime)
        drain(runtime)
        asked = [request.query for request in upstream.requests if request.path.endswith("sequence.json")]
        assert len(asked) == len(set(asked)) >= 2


def test_a_hole_is_stepped_over_though_sequence_is_old(installation: Installation) -> None:
    with numbered({*range(1000, 1060)} - {1003}, 1000) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1000, 1060)} - {1003}
        assert holes(runtime) == [(1003, 1003, "404 3 times while file 1013 is there")]
        asked = [request.query for request in upstream.requests if request.path.endswith("/1003.json")]
        assert len(asked) == len(set(asked)) == r2z2.LOOKS  # each look past what a cache may say
        assert len(upstream.requests) < 60 + 10


def test_a_wide_hole_is_found_by_a_run_that_reads_nothing(installation: Installation) -> None:
    there = {*range(1000, 1003), *range(1015, 1100)}
    with numbered(there, 1000) as upstream:
        runtime = reader(installation, upstream, 1000)
        drain(runtime)
        drain(runtime)
        assert staged(runtime) == there
        assert [hole[:2] for hole in holes(runtime)] == [(number, number) for number in range(1003, 1015)]


def test_a_file_that_is_not_published_yet_is_no_hole(installation: Installation) -> None:
    with numbered(range(1000, 1004), 1000) as upstream:
        runtime = reader(installation, upstream, 1000)
        for _ in range(3):
            assert drain(runtime).is_dry
        assert (position(runtime), holes(runtime)) == (1004, [])


def test_a_sequence_without_files_is_told_and_moves_nothing(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with numbered(range(1000, 1004), 1500) as upstream:
        runtime = reader(installation, upstream, 1000)
        drain(runtime)
        assert (position(runtime), holes(runtime)) == (1004, [])
        assert "R2Z2 has no 1004 yet, though sequence.json is at 1500" in caplog.text


def test_a_restored_cursor_goes_on_at_the_oldest_file_and_says_so(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with numbered(range(1000, 1030), 1029) as upstream:
        runtime = reader(installation, upstream, 900_000)
        drained = drain(runtime)
        assert (drained.is_dry, drained.holes, position(runtime)) == (True, 1, 1030)
        assert staged(runtime) == {*range(1000, 1030)}
        told = "our cursor 900000 was beyond the head 1029; went on at the oldest file, 1000"
        assert holes(runtime) == [(None, None, told)]
        assert told in caplog.text


@pytest.mark.parametrize(
    ("files", "sequence"),
    [
        (range(1000, 1030), [1029, 900_000]),  # the second answer does not agree
        ({*range(1000, 1030), 899_999}, [1029]),  # the file before the cursor is there
        (set[int](), [1029]),  # nothing proves that anything is there
    ],
    ids=["second answer", "file before", "no file"],
)
def test_a_cursor_goes_back_only_when_everything_agrees(
    installation: Installation, files: set[int], sequence: list[int]
) -> None:
    with numbered(files, sequence) as upstream:
        runtime = reader(installation, upstream, 900_000)
        assert drain(runtime).is_dry
        assert (position(runtime), holes(runtime), staged(runtime)) == (900_000, [], set())


def test_a_cursor_goes_back_once_a_run(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(r2z2, "TRAIL", -2)  # whatever sequence.json says is behind the cursor
    with numbered(range(1000, 1003), 1001) as upstream:
        runtime = reader(installation, upstream, 900_000)
        drain(runtime)
        assert len(holes(runtime)) == 1
        assert len(upstream.requests) < 60


BROKEN: dict[str, Answer] = {
    "html": (200, PAGE),
    "410": (410, b"Gone"),
    "500": (500, b"Internal server error"),
    "cloudflare": (522, PAGE),
    "foreign": (200, package(1007)),
    "moved": (302, b"", {"Location": "/elsewhere"}),
    "cut": (200, b'{"killmail_id":5'),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_stays_unreadable_is_a_hole_when_two_runs_found_it_so(
    installation: Installation, kind: str
) -> None:
    with numbered(range(1000, 1040), 1039, {1003: BROKEN[kind]}) as upstream:
        runtime = reader(installation, upstream, 1000)
        with pytest.raises(UpstreamError, match=r"1003\.json could not be read"):
            drain(runtime)
        assert (position(runtime), cursor(runtime, "r2z2").failures, holes(runtime)) == (1003, 1, [])
        drained = drain(runtime)
        assert (drained.is_dry, drained.holes, position(runtime)) == (True, 1, 1040)
        assert cursor(runtime, "r2z2").failures == 0
        assert staged(runtime) == {*range(1000, 1040)} - {1003}
        [(first, last, reason)] = holes(runtime)
        assert (first, last, "while file 1039 can be read" in reason) == (1003, 1003, True)
        kept = [bytes(row.body) for row in rows(runtime, "SELECT body FROM quality.quarantine")]
        content = BROKEN[kind][1]  # type: ignore[index]
        if content:
            assert len(kept) == 1
            assert isinstance(content, dict) or kept == [content]
        else:
            assert kept == []


def test_an_oversized_file_is_a_hole_that_says_so(installation: Installation) -> None:
    huge = b'{"error":"' + b"x" * LARGEST_PACKAGE + b'"}'
    with numbered(range(1000, 1040), 1039, {1003: (200, huge)}) as upstream:
        runtime = reader(installation, upstream, 1000)
        with pytest.raises(UpstreamError, match=f"bytes, more than {LARGEST_PACKAGE:,}") as told:
            drain(runtime)
        assert "onnection" not in str(told.value)
        assert drain(runtime).is_dry
        [(_, _, reason)] = holes(runtime)
        assert f"bytes, more than {LARGEST_PACKAGE:,}" in reason


def test_many_broken_files_in_a_row_cost_two_runs(installation: Installation) -> None:
    broken = range(1003, 1033)
    with numbered(range(1000, 1060), 1059, dict.fromkeys(broken, (200, PAGE))) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert try_drain(runtime) is None
        assert (position(runtime), cursor(runtime, "r2z2").failures, holes(runtime)) == (1003, 30, [])
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1000, 1060)} - {*broken}
        assert [(first, last) for first, last, _ in holes(runtime)] == [(one, one) for one in broken]
        assert cursor(runtime, "r2z2").failures == 0


def test_what_only_the_second_run_finds_broken_waits_for_a_third(installation: Installation) -> None:
    broken: dict[int, Answer] = dict.fromkeys((1003, 1004, 1005), (200, PAGE))
    with numbered(range(1000, 1040), 1039, broken) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert try_drain(runtime) is None
        del broken[1004]  # it was mended meanwhile
        broken[1006] = (200, PAGE)
        assert try_drain(runtime) is None
        assert (position(runtime), cursor(runtime, "r2z2").failures) == (1006, 1)
        assert [first for first, _, _ in holes(runtime)] == [1003, 1005]
        del broken[1006]
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1000, 1040)} - {1003, 1005}
        assert len(holes(runtime)) == 2


@pytest.mark.parametrize(("answer", "noted"), [((403, b""), 1), ((429, b"", {"Retry-After": "1"}), 2)])
def test_a_look_that_is_refused_leaves_what_was_found_and_counts_no_more(
    installation: Installation, answer: Answer, noted: int
) -> None:
    broken: dict[int, Answer] = {1003: (200, PAGE), 1004: (200, PAGE), 1005: answer}
    with numbered(range(1000, 1040), 1039, broken) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert try_drain(runtime) is None
        assert (position(runtime), cursor(runtime, "r2z2").failures, holes(runtime)) == (1003, noted, [])


def test_a_killed_run_steps_over_what_is_left_of_them(installation: Installation) -> None:
    broken = dict.fromkeys((1003, 1004, 1005), (200, PAGE))
    with numbered(range(1000, 1040), 1039, broken) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert try_drain(runtime) is None
        drain(runtime, seconds=0)  # ends after one step, as a kill would
        assert (position(runtime), cursor(runtime, "r2z2").failures) == (1004, 2)
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1000, 1040)} - broken.keys()


def test_where_all_is_broken_nothing_is_stepped_over(installation: Installation) -> None:
    everything = dict.fromkeys(range(1000, 2100), (200, PAGE))
    with numbered(range(1000, 1040), 1039, everything) as upstream:
        runtime = reader(installation, upstream, 1003)
        for _ in range(3):
            assert try_drain(runtime) is None
        assert (position(runtime), cursor(runtime, "r2z2").failures, holes(runtime)) == (1003, 0, [])
    with numbered(range(1000, 1040), 1039) as upstream:
        assert drain(reader(installation, upstream)).new == 37


def test_a_feed_that_is_away_is_asked_little(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS", 5)
    away: dict[int, Answer] = dict.fromkeys(range(1000, 2100), (503, b""))
    with numbered(range(1000, 1040), (503, b""), away) as upstream:
        assert try_drain(reader(installation, upstream, 1003)) is None
        assert len(upstream.requests) <= 30


def test_a_file_that_can_be_read_in_the_second_run_is_read(installation: Installation) -> None:
    broken: dict[int, Answer] = {1003: (500, b"")}
    with numbered(range(1000, 1040), 1039, broken) as upstream:
        runtime = reader(installation, upstream, 1000)
        assert try_drain(runtime) is None
        broken.clear()
        assert drain(runtime).is_dry
        assert (staged(runtime), holes(runtime)) == ({*range(1000, 1040)}, [])


def test_a_broken_sequence_holds_no_feed(installation: Installation) -> None:
    with numbered({*range(1000, 1060)} - {1003}, (200, PAGE)) as upstream:
        runtime = reader(installation, upstream, 1000)
        with pytest.raises(UpstreamError, match=r"sequence\.json could not be read"):  # reported, at the feed's end
            drain(runtime)
        assert staged(runtime) == {*range(1000, 1060)} - {1003}


def test_a_broken_sequence_holds_no_feed_at_a_broken_file_either(installation: Installation) -> None:
    with numbered(range(1000, 1060), (200, PAGE), {1003: (500, b"")}) as upstream:
        runtime = reader(installation, upstream, 1000)
        for _ in range(2):
            assert try_drain(runtime) is None
        assert staged(runtime) == {*range(1000, 1060)} - {1003}
        assert [hole[:2] for hole in holes(runtime)] == [(1003, 1003)]


def test_a_search_for_the_oldest_file_outlasts_the_time_box(installation: Installation) -> None:
    with numbered(range(100_000_000, 100_000_030), 100_000_029) as upstream:
        runtime = reader(installation, upstream, 900_000_000, r2z2_pause=0.05)
        for _ in range(20):  # the box ends within the search's some thirty pauses
            if drain(runtime, seconds=0.5).is_dry and staged(runtime):
                break
        assert staged(runtime) == {*range(100_000_000, 100_000_030)}


def test_a_republished_file_that_stays_unreadable_holds_no_feed(installation: Installation) -> None:
    broken: dict[int, Answer] = {1012: (200, package(1012, sequence_updated=1003))}
    with numbered(range(1000, 1040), 1039, broken) as upstream:
        runtime = reader(installation, upstream, 1000)
        drain(runtime, seconds=0)
        while position(runtime) < 1010:
            drain(runtime, seconds=0)
        broken[1003] = (500, b"")
        assert try_drain(runtime) is None
        assert (position(runtime), holes(runtime)) == (1012, [])
        assert drain(runtime).is_dry
        assert staged(runtime) == {*range(1000, 1040)}
        [(first, _, reason)] = holes(runtime)
        assert (first, "though file 1012 says that it was republished" in reason) == (1003, True)
