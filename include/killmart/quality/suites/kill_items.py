"""Checks on candidate.kill_items."""

from __future__ import annotations

import great_expectations.expectations as gxe

from killmart.quality.check import Check
from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim("items_have_a_kill", "critical", "An item without its killmail cannot be dated or placed."),
    claim("items_are_filled_in", "critical", "An item of no type or quantity cannot be counted or valued."),
    claim("items_are_numbered", "critical", "The index is the key: a gap is a lost row, a repetition a doubled one."),
    Check(
        "quantity_dropped_is_not_negative",
        gxe.ExpectColumnValuesToBeBetween(column="quantity_dropped", min_value=0, severity="warning"),
        "Fewer than none cannot drop.",
    ),
    Check(
        "quantity_destroyed_is_not_negative",
        gxe.ExpectColumnValuesToBeBetween(column="quantity_destroyed", min_value=0, severity="warning"),
        "Fewer than none cannot be destroyed.",
    ),
    claim(
        "items_are_dropped_or_destroyed",
        "warning",
        "All real items are one of both; one that is neither vanishes from every sum.",
    ),
    claim("item_types_are_known", "warning", "An item that the static data lacks: it is out of date."),
]
