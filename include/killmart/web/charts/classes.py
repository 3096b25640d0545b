"""Charts by class: weekday and hour, worth, fleet size."""

from __future__ import annotations

from killmart.db.reading import Row
from killmart.drawing.drawing import Columns, HeatMap
from killmart.drawing.scale import short
from killmart.web.charts.chart import Chart, chart
from killmart.web.charts.over_time import NO_KILLS
from killmart.web.charts.scope import Scope

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
_ATTACKERS = {0: "NPCs", 1: "solo", 2: "2"}


def kill_hours(scope: Scope) -> Chart:
    """When it kills; of a place when anything is lost."""
    if scope.is_place:
        return _hours(scope, "hours", "When", "kills by weekday and hour, UTC", "losses", "a", "kills")
    return _hours(scope, "hours", "When they kill", "kills by weekday and hour, UTC", "kills", "a", "kills")


def loss_hours(scope: Scope) -> Chart:
    """When it loses."""
    says = "losses by weekday and hour, UTC"
    return _hours(scope, "loss_hours", "When they lose", says, "losses", "e", "losses")


def values(scope: Scope) -> Chart:
    """How much kills and losses were worth, in powers of ten."""
    answer = scope.values()
    found = {row["magnitude"]: row for row in answer.rows}
    known = [magnitude for magnitude in found if magnitude >= 0]
    classes = [-1] if -1 in found else []
    classes += range(min(known), max(known) + 1) if known else []
    labels = ["unknown" if place < 0 else short(10.0**place) if place else "0" for place in classes]
    drawing = _sides(scope, labels, [found.get(place, {}) for place in classes])
    says = "how many by ISK, each class up to the next"
    return chart("values", "Value", says, drawing, answer, NO_KILLS)


def fleets(scope: Scope) -> Chart:
    """How many attacked."""
    answer = scope.fleets()
    labels = [_ATTACKERS.get(row["at_least"], f"{row['at_least']}+") for row in answer.rows]
    says = "how many by pilots who attacked, each class up to the next"
    return chart("fleets", "Fleet sizes", says, _sides(scope, labels, answer.rows), answer, NO_KILLS)


def _sides(scope: Scope, labels: list[str], rows: list[Row]) -> Columns:
    losses = [row.get("losses", 0) for row in rows]
    if scope.is_place:
        return Columns(labels, [("kills", "a", losses)], is_each_named=True)
    kills = [row.get("kills", 0) for row in rows]
    return Columns(labels, [("kills", "a", kills)], [("losses", "e", losses)], is_each_named=True)


def _hours(scope: Scope, name: str, title: str, says: str, counted: str, tone: str, unit: str) -> Chart:
    answer = scope.hours()
    cells = [[0] * 24 for _ in WEEKDAYS]
    for row in answer.rows:
        cells[row["weekday"] - 1][row["hour"]] = row[counted]
    return chart(name, title, says, HeatMap(WEEKDAYS, HOURS, cells, tone, unit), answer, f"No {unit} in this range")
