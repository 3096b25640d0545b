"""The zkb block: what zKillboard adds to a killmail (value, points, flags, labels)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from killmart.model.killmail import Amount, Points


class Zkb(msgspec.Struct, rename="camel", gc=False):
    """zKillboard's block, every key optional; ISK as exact decimals."""

    location_id: Amount | None = msgspec.field(default=None, name="locationID")
    hash: str | None = None
    fitted_value: Decimal | None = None
    dropped_value: Decimal | None = None
    destroyed_value: Decimal | None = None
    total_value: Decimal | None = None
    points: Points | None = None
    npc: bool | None = None
    solo: bool | None = None
    awox: bool | None = None
    labels: list[str] | None = None
