"""A chart of the section: what it says, how it is drawn, its numbers as a table, its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from killmart.db.sums import Answer
from killmart.drawing.drawing import Drawing


@dataclass(frozen=True)
class Chart:
    """`says` is its one line; `columns` of `rows` are the table; `empty` is said where there is nothing."""

    name: str
    title: str
    says: str
    drawing: Drawing
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    sql: str
    empty: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.drawing.is_empty


def chart(name: str, title: str, says: str, drawing: Drawing, answer: Answer, empty: str) -> Chart:
    """A chart whose table is what its query found."""
    columns = list(answer.rows[0]) if answer.rows else []
    rows = [list(row.values()) for row in answer.rows]
    return Chart(name, title, says, drawing, columns, rows, answer.sql, empty)
