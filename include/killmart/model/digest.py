"""What goes into a daily digest, before it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """Who a digest is about; without an id everybody."""

    kind: str | None = None
    entity_id: int | None = None
    name: str = ""

    @property
    def is_everybody(self) -> bool:
        """Whether it is about the whole warehouse."""
        return self.entity_id is None

    @property
    def label(self) -> str:
        """`alliance:99000001`, or nothing for everybody."""
        return "" if self.is_everybody else f"{self.kind}:{self.entity_id}"


@dataclass(frozen=True)
class DaySums:
    """Killmails and ISK of one UTC day; of everybody, losses are all killmails.

    ISK is that of the killmails that have a value, None where there are some and none has one.
    """

    day: date
    kills: int = 0
    losses: int = 0
    kills_valued: int = 0
    losses_valued: int = 0
    isk_killed: int | None = 0
    isk_lost: int | None = 0


@dataclass(frozen=True)
class DayFacts:
    """What a digest says of a day; rows as the SQL of include/sql gives them."""

    subject: Subject
    days: Sequence[DaySums]
    """The day itself last, and those before it for comparison."""
    alliances: Sequence[Row] = ()
    corporations: Sequence[Row] = ()
    ships: Sequence[Row] = ()
    dearest: Row | None = None
    dearest_loss: Row | None = None
    battle: Row | None = None
    coverage: Row | None = None

    @property
    def today(self) -> DaySums:
        """The day that it is about."""
        return self.days[-1]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.today.kills or self.today.losses)


@dataclass(frozen=True)
class Digest:
    """A message ready to be posted: a Discord embed, and the chart in it as PNG."""

    embed: dict[str, Any]
    chart: bytes = field(repr=False)
