"""Work one piece ahead: in order, never two ahead, errors where they belong."""

from __future__ import annotations

import threading

import pytest

from killmart.load.days import one_ahead


def test_the_next_piece_is_prepared_while_the_last_is_used_and_no_more_than_that() -> None:
    prepared = [threading.Event() for _ in range(4)]

    def prepare(number: int) -> int:
        prepared[number].set()
        return number * 10

    used = []
    for result in one_ahead(prepare, range(4)):
        number = result // 10
        assert prepared[min(number + 1, 3)].wait(60)
        assert not any(event.is_set() for event in prepared[number + 2 :])
        used.append(result)
    assert used == [0, 10, 20, 30]
    assert list(one_ahead(prepare, [])) == []


def test_an_error_comes_in_its_place_and_who_stops_early_leaves_no_thread() -> None:
    pieces = one_ahead(lambda number: 1 // number, [1, 0, 2])
    assert next(pieces) == 1
    with pytest.raises(ZeroDivisionError):
        next(pieces)
    pieces = one_ahead(lambda number: number, [1, 2, 3])
    assert next(pieces) == 1
    pieces.close()  # type: ignore[attr-defined]
    assert not any(thread.name.startswith("ahead") for thread in threading.enumerate())
