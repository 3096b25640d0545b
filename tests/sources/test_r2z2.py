"""R2Z2 read over real HTTP: every file once, with its body, in the transaction that moves the cursor."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.runtime import Runtime
from killmart_demo.app import Running
from killmart_demo.r2z2 import zkb_of_r2z2
from support.installation import (
    FIRST,
    Installation,
    cursor,
    rows,
    set_faults,
    simulated,
    staged,
    status,
)

KILL_BEFORE_COMMIT = """
from killmart.db import staging
move = staging.move_cursor
def move_and_die(connection, feed, position, **more):
    move(connection, feed, position, **more)
    if position == "{position}":
        os.kill(os.getpid(), signal.SIGKILL)
staging.move_cursor = move_and_die
drain(runtime)
"""


def reader(installation: Installation, simulator: Running, **options: Any) -> Runtime:
    return installation.runtime(simulator.url, **{"feed": "r2z2", "r2z2_start": FIRST} | options)


def true_blocks(simulator: Running) -> dict[int, Any]:
    """The zkb block of every killmail as its newest file has it."""
    return {one: zkb_of_r2z2(simulator.state.feed.kill(one)) for one in simulator.state.feed.ids}


def staged_blocks(runtime: Runtime) -> dict[int, Any]:
    return {row.killmail_id: row.zkb for row in rows(runtime, "SELECT killmail_id, zkb FROM staging.killmails")}


def test_a_new_installation_starts_at_the_head(installation: Installation) -> None:
    with simulated(kills=20) as simulator:
        runtime = reader(installation, simulator, r2z2_start=0)
        drained = drain(runtime)
        assert (drained.refs, drained.is_dry) == (1, True)
        assert cursor(runtime, "r2z2").position == str(FIRST + 20)


def test_bodies_are_used_so_that_esi_is_not_asked(installation: Installation) -> None:
    with simulated(kills=20) as simulator:
        runtime = reader(installation, simulator)
        drained = drain(runtime)
        assert (drained.refs, drained.new, drained.with_body) == (20, 20, 20)
        assert fetch(runtime).waiting == 0
        assert "esi" not in status(simulator)["requests"]
        bodies = {row.killmail_id: bytes(row.body) for row in rows(runtime, "SELECT * FROM staging.killmails")}
        assert bodies == {one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids}
        assert staged_blocks(runtime) == true_blocks(simulator)
        newest = max(file.uploaded_at for file in simulator.state.r2z2_files._files)
        told = "SELECT extract(EPOCH FROM newest_uploaded_at)::bigint FROM staging.feed_cursors"
        assert rows(runtime, told) == [(int(newest),)]
        assert reader(installation, simulator, r2z2_start=FIRST + 5).settings.r2z2_start == FIRST + 5
        drain(reader(installation, simulator, r2z2_start=FIRST + 5))  # a stored cursor goes before the setting
        assert cursor(runtime, "r2z2").position == str(FIRST + 20)


def test_the_cursor_moves_with_its_rows_and_a_crash_before_the_commit_doubles_nothing(
    installation: Installation,
) -> None:
    with simulated(kills=15) as simulator:
        code = KILL_BEFORE_COMMIT.format(position=FIRST + 8)
        assert installation.run(code, simulator.url, feed="r2z2", r2z2_start=FIRST)[0] == -9
        runtime = reader(installation, simulator)
        assert cursor(runtime, "r2z2").position == str(FIRST + 7)
        assert staged(runtime) == set(simulator.state.feed.ids[:7])
        drained = drain(runtime)
        assert (drained.refs, drained.new) == (8, 8)
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert status(simulator)["requests"]["r2z2"]["/ephemeral/{name}.json 200"] == 16  # one of them twice


def test_stale_cut_and_foreign_answers_are_asked_for_again(installation: Installation) -> None:
    faults = ("stale", "html", "truncated", "no_zkb", "string_id", "redirect", "_503", "reset")
    with simulated(kills=40) as simulator:
        set_faults(simulator, **dict.fromkeys(faults, 0.04))
        runtime = reader(installation, simulator)
        for _ in range(20):
            with suppress(UpstreamError):  # a file near the end that a redirect hides is left to the next run
                if drain(runtime).is_dry:
                    break
        state = status(simulator)
        assert len(state["faults"]["r2z2"]) >= 6
        assert staged_blocks(runtime) == true_blocks(simulator)
        assert rows(runtime, "SELECT * FROM quality.quarantine") == []
        assert rows(runtime, "SELECT * FROM staging.feed_holes") == []
        assert state["breaches"] == []


@pytest.mark.parametrize("fault", ["html", "_404"])
def test_answers_that_stay_broken_end_the_run_and_move_nothing(
    installation: Installation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS", 2)
    with simulated(kills=3) as simulator:
        set_faults(simulator, **{fault: 1.0})
        runtime = reader(installation, simulator)
        with pytest.raises(UpstreamError):
            drain(runtime)
        assert (staged(runtime), cursor(runtime, "r2z2").position) == (set(), str(FIRST))
        set_faults(simulator)
        assert drain(runtime).new == 3
