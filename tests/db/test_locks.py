"""What PostgreSQL calls off in favour of another transaction is done again, and not for ever."""

from __future__ import annotations

import pytest
from psycopg2.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.exc import OperationalError

from killmart.db.locks import undeadlocked


@pytest.mark.parametrize(
    ("error", "succeeds_at", "calls"),
    [
        (DeadlockDetected("deadlock detected"), 3, 3),
        (DeadlockDetected("deadlock detected"), None, 3),
        (LockNotAvailable("lock timeout"), 2, 1),
    ],
)
def test_a_deadlock_is_tried_again_twice_and_nothing_else_is(
    error: Exception, succeeds_at: int | None, calls: int
) -> None:
    called: list[tuple[int, str]] = []

    def work(number: int, *, word: str) -> int:
        called.append((number, word))
        if len(called) == succeeds_at:
            return number * 2
        raise OperationalError("UPDATE", {}, error)

    if succeeds_at == calls:
        assert undeadlocked(work, 4, word="four") == 8
    else:
        with pytest.raises(OperationalError):
            undeadlocked(work, 4, word="four")
    assert called == [(4, "four")] * calls
