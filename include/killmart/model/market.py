"""Market prices on their way from an upstream to reference.market_prices, and from there to the value of a kill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

PriceSource = Literal["everef", "esi"]


@dataclass(frozen=True, slots=True)
class DayPrices:
    """What one source says that types cost on one UTC day."""

    day: date
    source: PriceSource
    cents: Mapping[int, int]
    """Type: average price of one piece in hundredths of an ISK, at least 1."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Why a row could not be used (`empty`, `zero`, `negative`, `unreadable`, `twice`): how many there were."""


class Price(NamedTuple):
    """What one piece costs, in hundredths of an ISK, and the same as text for COPY."""

    cents: int
    text: str


UNKNOWN = Price(0, r"\N")
"""The price of what has none: worth nothing in a sum, null in a column."""
TOKEN = Price(1, "0.01")
"""What blueprint copies and skins count for: 0.01 ISK."""
Prices = Mapping[int, Price]
"""Type: its price, for all types of the kills at hand that have one."""


def price_of(cents: int) -> Price:
    """A price with its text."""
    return Price(cents, f"{cents // 100}.{cents % 100:02}")
