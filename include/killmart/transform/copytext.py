"""Values as PostgreSQL's COPY text format wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

NULL = r"\N"

_ONE = Decimal(1)
_CENT = Decimal("0.01")


class Rows:
    """Rows of some tables as lines of COPY text, and the columns that these are made of.

    Whoever adds rows names each value by its column, so that lines and columns cannot get out of step.
    """

    def __init__(self) -> None:
        self.columns: dict[str, tuple[str, ...]] = {}
        self.lines: dict[str, list[str]] = {}

    def add(self, table: str, row: Mapping[str, str]) -> None:
        """Append one row, values by column."""
        self._lines_of(table, tuple(row)).append("\t".join(row.values()))

    def add_all(self, table: str, columns: Mapping[str, Iterable[str]]) -> None:
        """Append rows, each column with the values of all of them."""
        self._lines_of(table, tuple(columns)).extend(map("\t".join, zip(*columns.values(), strict=True)))

    def _lines_of(self, table: str, columns: tuple[str, ...]) -> list[str]:
        if self.columns.get(table) != columns:
            if table in self.columns:
                raise ValueError(f"rows of {table} have other columns, or others first, than those before")
            self.columns[table], self.lines[table] = columns, []
        return self.lines[table]


def escaped(text: str) -> str:
    """Text as a COPY field."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def text_array(values: list[str] | None) -> str:
    """A text[] as a COPY field."""
    if values is None:
        return NULL
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return escaped("{" + quoted + "}")


def boolean(value: bool | None) -> str:
    return NULL if value is None else "t" if value else "f"


def number(value: int | float | None) -> str:
    return NULL if value is None else str(value)


def whole_isk(value: Decimal | None) -> str:
    """ISK as a bigint, rounded half up, also below 0: -0.5 is 0."""
    return NULL if value is None else str(int(_half_up(value, _ONE)))


def isk(value: Decimal | None) -> str:
    """ISK with two decimals, rounded half up, also below 0."""
    return NULL if value is None else str(_half_up(value, _CENT))


def _half_up(value: Decimal, step: Decimal) -> Decimal:
    """What decimal calls half up is away from 0."""
    return value.quantize(step, ROUND_HALF_UP if value > 0 else ROUND_HALF_DOWN)


def whole_cents(cents: int) -> str:
    """Hundredths of an ISK as a bigint of ISK, rounded half up."""
    return str((cents + 50) // 100)


def cents_isk(cents: int) -> str:
    """Hundredths of an ISK, none below 0, as ISK with two decimals."""
    return f"{cents // 100}.{cents % 100:02}"
