"""Items in processes of their own: what comes back, in what order, what of one that fails or dies, and what is left."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
from contextlib import closing

import pytest

from killmart.errors import KillmartError
from killmart.load.side_by_side import each
from support.jobs import work


def done(items: list[str], jobs: int, told: list[str] | None = None) -> dict[str, object]:
    """Each item's number of the process, or its error."""
    said = [] if told is None else told
    with closing(each(work, items, jobs, said.append)) as outcomes:
        found = {item: outcome if isinstance(outcome, KillmartError) else outcome[1] for item, outcome in outcomes}
    assert multiprocessing.active_children() == []
    return found


def test_one_job_is_this_process_and_several_are_one_process_an_item(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told: list[str] = []
    assert done(["a", "b"], 1, told) == {"a": os.getpid(), "b": os.getpid()}
    assert done(["a"], 2, told) == {"a": os.getpid()}
    assert told == ["a is begun", "b is begun", "a is begun"]
    told.clear()
    found = done(["a", "b", "c", "d", "e"], 2, told)
    assert found.keys() == {"a", "b", "c", "d", "e"}
    assert len({os.getpid(), *found.values()}) == 6
    assert sorted(told) == [f"{one} is begun" for one in "abcde"]
    assert {f"at work on {one}" for one in "abcde"} <= {record.getMessage() for record in caplog.records}


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_is_told_of_and_stops_nothing_else(jobs: int) -> None:
    found = done(["a", "fail", "fail oddly", "b"], jobs)
    assert isinstance(found["a"], int)
    assert isinstance(found["b"], int)
    assert str(found["fail"]) == "somebody wants quiet"
    assert str(found["fail oddly"]) == "an error of a class that nobody else knows"


def test_a_process_that_dies_fails_its_item_alone_and_says_how() -> None:
    found = done(["a", "die", "exit", "b"], 2)
    assert isinstance(found["a"], int)
    assert isinstance(found["b"], int)
    assert "was ended by SIGKILL, as happens where memory runs out" in str(found["die"])
    assert "ended with code 3" in str(found["exit"])


def test_an_error_that_is_no_sentence_for_people_is_raised_and_ends_all() -> None:
    for jobs in (1, 2):
        with pytest.raises(ZeroDivisionError, match="nothing to divide by"):
            done(["break", "wait"], jobs)
    with pytest.raises(RuntimeError, match="OfNoUse: broken: <object"):
        done(["break oddly", "wait"], 2)
    assert multiprocessing.active_children() == []


def test_closing_ends_what_is_at_work() -> None:
    with closing(each(work, ["a", "wait", "wait", "b"], 2, lambda _: None)) as outcomes:
        next(outcomes)
        assert multiprocessing.active_children()
    assert multiprocessing.active_children() == []


SPEAKING = """
from multiprocessing import Pipe
from killmart.load.side_by_side import _Line
ours, its = Pipe(duplex=False)
ours.close()
_Line(its).say("told", "too late")
print("it goes on")
"""


def test_who_speaks_when_its_parent_is_gone_ends_without_a_word() -> None:
    spoken = subprocess.run([sys.executable, "-c", SPEAKING], capture_output=True, text=True, check=False)
    assert (spoken.returncode, spoken.stdout, spoken.stderr) == (1, "", "")
