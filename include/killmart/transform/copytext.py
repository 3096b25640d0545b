"""Values as PostgreSQL's COPY text format wants them."""

from __future__ import annotations

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

NULL = r"\N"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ONE = Decimal(1)
_CENT = Decimal("0.01")


def escaped(text: str) -> str:
    """Text as a COPY field."""
    return text.translate(_ESCAPES)


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
