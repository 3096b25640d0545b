"""What tests of the marts share: a day, killmails on it, and which days are behind."""

from __future__ import annotations

from datetime import date
from typing import Any

from killmart.runtime import Runtime
from support.pipeline import Json, load_past_gate, ref, rows, stage

DAY = date(2021, 11, 29)


def touched(runtime: Runtime) -> list[str]:
    """The days that the mart does not show as they are."""
    return [str(row[0]) for row in rows(runtime, "SELECT day FROM mart.days_behind ORDER BY day")]


def load(runtime: Runtime, *kills: Json, **zkb: Any) -> None:
    stage(runtime, [ref(body, zkb or None) for body in kills])
    load_past_gate(runtime)
