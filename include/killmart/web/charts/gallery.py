"""Which charts there are of whom, in which order."""

from __future__ import annotations

from collections.abc import Callable

from killmart.web.charts import classes, over_time, rankings
from killmart.web.charts.chart import Chart
from killmart.web.charts.scope import Scope

Maker = Callable[[Scope], Chart]

_MAKERS: dict[str, Maker] = {
    "activity": over_time.activity,
    "isk": over_time.isk,
    "efficiency": over_time.efficiency,
    "ratio": over_time.ratio,
    "hours": classes.kill_hours,
    "loss_hours": classes.loss_hours,
    "values": classes.values,
    "fleets": classes.fleets,
    "ships_flown": rankings.ships_flown,
    "ships_killed": rankings.ships_killed,
    "ships_lost": rankings.ships_lost,
    "systems": rankings.systems,
    "corporations": rankings.corporations,
    "flew_with": rankings.flew_with,
    "fought_against": rankings.fought_against,
    "battles": rankings.battles,
}
_TIMES = ("activity", "isk", "efficiency", "ratio", "hours", "loss_hours", "values")
_OWN = (*_TIMES, "ships_killed", "ships_lost", "ships_flown", "fleets", "systems")
_PLACE = ("activity", "isk", "hours", "values", "ships_lost", "ships_flown")
_GALLERIES = {
    "character": (*_OWN, "battles"),
    "corporation": (*_OWN, "battles", "flew_with", "fought_against"),
    "alliance": (*_OWN, "corporations", "flew_with", "fought_against", "battles"),
    "system": (*_PLACE, "corporations", "fleets", "battles"),
}


def names_of(kind: str, entity_id: int | None) -> tuple[str, ...]:
    """The charts of an entity, or of all systems together."""
    return (*_PLACE, "systems", "fleets", "battles") if entity_id is None else _GALLERIES[kind]


def charts_of(scope: Scope) -> list[Chart]:
    """All charts of the scope."""
    return [_MAKERS[name](scope) for name in names_of(scope.kind, scope.entity_id)]


def chart_of(scope: Scope, name: str) -> Chart | None:
    """One chart by its name, or None where there is none of that name."""
    return _MAKERS[name](scope) if name in names_of(scope.kind, scope.entity_id) else None
