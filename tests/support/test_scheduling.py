"""What a worker of `make test` is given at a time."""

from __future__ import annotations

import pytest

from support.scheduling import Files


@pytest.mark.parametrize(
    ("first", "second", "is_together"),
    [
        ("tests/db/test_locks.py::test_one", "tests/db/test_locks.py::test_two[a::b]", True),
        ("tests/db/test_locks.py::test_one", "tests/db/test_engine.py::test_one", False),
        ("tests/end_to_end/test_marts.py::test_one", "tests/end_to_end/test_pages.py::test_two", True),
        ("tests/end_to_end/test_marts.py::test_one", "tests/load/test_marts.py::test_one", False),
    ],
)
def test_a_file_is_for_one_worker_and_so_are_those_that_share_an_installation(
    first: str, second: str, is_together: bool
) -> None:
    scope_of = Files.__new__(Files)._split_scope  # without a run that it would divide
    assert (scope_of(first) == scope_of(second)) is is_together
