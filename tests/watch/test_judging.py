"""When an alert opens and resolves, judged from what is stored: durations, flapping, too few samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from killmart.model.metrics import Reading
from killmart.watch.evaluate import judge
from killmart.watch.messages import duration, told_value
from killmart.watch.rules import Rule, find_rule

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rule(opens: float = 0, resolves: float = 0) -> Rule:
    """A rule that is broken above 10."""
    return msgspec.structs.replace(
        find_rule("staging_backlog"), threshold=10, open_after_minutes=opens, resolve_after_minutes=resolves
    )


def state(one: Rule, history: dict[int, float | None], is_open: bool) -> str:
    """The verdict where `history` has the value from so many minutes ago on; None: nothing known."""

    def read(at: datetime) -> Reading | None:
        ago = round((NOW - at).total_seconds() / 60)
        value = next(value for since, value in sorted(history.items()) if ago <= since)
        return None if value is None else Reading("", value, 1)

    return judge(one, read, NOW, is_open).state


@pytest.mark.parametrize(
    ("opens", "history", "expected"),
    [
        (0, {99: 11}, "opened"),
        (0, {99: 10}, "fine"),
        (0, {99: None}, "unknown"),
        (30, {99: 11}, "opened"),
        (30, {29: 11, 99: 10}, "pending"),
        (30, {29: 11, 99: None}, "pending"),  # not known for long enough
        (30, {10: 11, 12: None, 99: 11}, "opened"),  # a gap in what is known is no proof that it was fine
        (30, {9: 11, 12: 1, 99: 11}, "pending"),
        (12, {11: 11, 99: 1}, "pending"),  # the length need not be a multiple of the step
    ],
)
def test_it_opens_when_it_was_so_for_long_enough(opens: float, history: dict[int, float | None], expected: str) -> None:
    assert state(rule(opens=opens), history, is_open=False) == expected


@pytest.mark.parametrize(
    ("resolves", "history", "expected"),
    [
        (0, {99: 10}, "resolved"),
        (0, {99: 11}, "open"),
        (15, {14: 1, 99: 11}, "open"),
        (15, {15: 1, 99: 11}, "resolved"),
        (15, {4: 1, 6: 11, 99: 1}, "open"),  # it flaps
        (15, {99: None}, "resolved"),  # nothing happens any more
    ],
)
def test_it_resolves_when_it_was_fine_for_long_enough(
    resolves: float, history: dict[int, float | None], expected: str
) -> None:
    assert state(rule(resolves=resolves), history, is_open=True) == expected


@given(st.lists(st.sampled_from([1.0, 99.0]), min_size=20, max_size=60))
def test_what_flaps_faster_than_it_may_resolve_is_one_alert(values: list[float]) -> None:
    """Values five minutes apart; 15 minutes of calm resolve it, so every resolve has 4 calm values before it."""
    is_open, resolved_after = False, []
    for end in range(1, len(values) + 1):

        def read(at: datetime, end: int = end) -> Reading | None:
            place = end - 1 - round((NOW - at).total_seconds() / 300)
            return Reading("", values[place], 1) if place >= 0 else None

        verdict = judge(rule(resolves=15), read, NOW, is_open)
        if verdict.state == "resolved":
            resolved_after.append(values[max(0, end - 4) : end])
        is_open = verdict.state in ("open", "opened")
    assert all(calm == [1.0] * 4 for calm in resolved_after)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (900, "15 min"), (3660, "1 h 1 min"), (90_000, "1 d 1 h"), (86_401, "1 d 1 s")],
)
def test_durations_are_written_in_two_units(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("value", "text"), [(0.999999999, "99.9999%"), (0.99995, "99.9950%"), (0.5, "50.0%")])
def test_almost_all_is_not_all(value: float, text: str) -> None:
    assert told_value(find_rule("coverage"), Reading("", value, 1)).startswith(text)
