"""Python searches for cycles seldom while a day is loaded, and as ever afterwards."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from killmart.load import build
from killmart.load.collector import SELDOM, seldom_collecting
from killmart.load.days import load_days
from support.day_loading import DAY, on, past_gate, serving
from support.making import MakeRuntime


def test_killmails_of_a_day_are_read_while_searches_are_seldom(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    usual, seen, decode = gc.get_threshold(), set[int](), build.decode

    def watched(*arguments: Any) -> Any:
        seen.add(gc.get_threshold()[0])
        return decode(*arguments)

    monkeypatch.setattr(build, "decode", watched)
    with serving() as simulator:
        assert load_days(on(simulator, make_runtime), [DAY]).inserted
    assert (seen, gc.get_threshold()) == ({SELDOM}, usual)


def test_searches_are_as_ever_after_a_day_that_fails() -> None:
    usual, searches = gc.get_threshold(), list[str]()

    def fail() -> None:
        with seldom_collecting():
            gc.collect()
            gc.callbacks.append(note)
            kept: list[list[int]] = [[] for _ in range(SELDOM // 2)]
            gc.callbacks.remove(note)
            raise ZeroDivisionError(len(kept))

    def note(phase: str, _: object) -> None:
        searches.append(phase)

    with pytest.raises(ZeroDivisionError, match=str(SELDOM // 2)):
        fail()
    assert (searches, gc.get_threshold()) == ([], usual)
