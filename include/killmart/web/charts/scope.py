"""The entity and range of a page of charts, and each query asked once, however many charts are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from killmart.db import battles
from killmart.db.sql import named_sql, sql
from killmart.db.sums import Answer, ask
from killmart.web.charts.ranges import Range

SHOWN = 12
"""Rows of a ranking on a page."""
KEPT = 1000
"""Rows of a ranking in a table that is taken away."""


class Scope:
    """An entity (`entity_id` None: everybody) and a range; its methods answer by what the warehouse has."""

    def __init__(
        self, connection: Connection, kind: str, entity_id: int | None, span: Range, limit: int = SHOWN
    ) -> None:
        self.connection = connection
        self.kind = kind
        self.entity_id = entity_id
        self.range = span
        self.limit = limit
        self._answers: dict[str, Answer] = {}

    @property
    def is_place(self) -> bool:
        """Whether these are the killmails of a place: all are losses there, and kills where players attacked."""
        return self.kind == "system"

    def activity(self) -> Answer:
        """Sums over time."""
        wanted = self.range
        return self._ask("mart/sum_activity", step=wanted.step, since=wanted.since, back=wanted.back)

    def totals(self) -> Answer:
        """Sums of the whole range."""
        return self._ask("mart/sum_totals")

    def hours(self) -> Answer:
        """By weekday and hour."""
        return self._ask("mart/sum_hours")

    def ships(self) -> Answer:
        """By ship type."""
        return self._ask("mart/sum_ships")

    def values(self) -> Answer:
        """By what they were worth."""
        return self._ask("mart/sum_classes", {"one_mart": ["value_distribution"], "one_class": ["magnitude"]})

    def fleets(self) -> Answer:
        """By how many attacked."""
        return self._ask("mart/sum_classes", {"one_mart": ["fleet_sizes"], "one_class": ["at_least"]})

    def systems(self) -> Answer:
        """Where; the busiest first."""
        return self._parts("system", ["name", "region_name"])

    def corporations(self) -> Answer:
        """Which corporations."""
        return self._parts("corporation", ["name"])

    def relations(self) -> Answer:
        """With whom and against whom."""
        return self._ask("mart/sum_relations", limit=self.limit)

    def battles(self, *, is_by_isk: bool, before: int | None = None, limit: int | None = None) -> Answer:
        """Fights, the costliest or the latest first."""
        since, until = self.range.moments
        below = battles.below(None if before is None else battles.place(self.connection, before))
        wanted = {"since": since, "until": until, "is_by_isk": is_by_isk, "limit": limit or self.limit, **below}
        if self.is_place:
            return ask(self.connection, sql("mart/select_battles"), system_id=self.entity_id, min_kills=0, **wanted)
        theirs = {"entity_kind": self.kind, "entity_id": self.entity_id}
        return ask(self.connection, sql("mart/select_battles_of_entity"), **theirs, **wanted)

    def _parts(self, part: str, words: list[str]) -> Answer:
        names = {"one_mart": [f"{part}s_daily"], "one_part": [f"{part}_id"], "each_word": words}
        return self._ask("mart/sum_parts", names, part=part, limit=self.limit)

    def _ask(self, name: str, names: Mapping[str, Sequence[str]] | None = None, **wanted: Any) -> Answer:
        statement = named_sql(name, **(names or {}))
        if statement.text not in self._answers:
            whose = {"entity_kind": self.kind, "entity_id": self.entity_id}
            days = {"first": self.range.first, "last": self.range.last}
            self._answers[statement.text] = ask(self.connection, statement, **whose, **days, **wanted)
        return self._answers[statement.text]
