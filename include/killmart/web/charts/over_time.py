"""Charts over time: kills and losses, ISK, efficiency, ratio."""

from __future__ import annotations

from killmart.db.reading import Row
from killmart.drawing.drawing import Columns, Lines
from killmart.text import isk_share, of_valued
from killmart.web.charts.chart import Chart, chart
from killmart.web.charts.scope import Scope

NO_KILLS = "No kills in this range"


def activity(scope: Scope) -> Chart:
    """Kills above, losses below, with the trend; of a place all that was lost there."""
    answer, span = scope.activity(), scope.range
    rows = answer.rows
    labels = [span.label(row["bucket"]) for row in rows]
    losses = [row["losses"] for row in rows]
    trend_losses = [_mean(row, "trend_losses") for row in rows]
    trend = f"mean of {span.trend}"
    if scope.is_place:
        kills = [row["kills"] for row in rows]
        npc = [max(lost - killed, 0) for lost, killed in zip(losses, kills, strict=True)]
        drawing = Columns(
            labels, [("by players", "a", kills), ("by NPCs alone", "d", npc)], up_lines=[(trend, "a", trend_losses)]
        )
        title, says = f"Kills per {span.step}", "what was destroyed, by players and by NPCs"
    else:
        drawing = Columns(
            labels,
            [("kills", "a", [row["kills"] for row in rows])],
            [("losses", "e", losses)],
            [(f"kills, {trend}", "a", [_mean(row, "trend_kills") for row in rows])],
            [(f"losses, {trend}", "e", trend_losses)],
        )
        title, says = f"Kills and losses per {span.step}", "kills above the line, losses below"
    return chart("activity", title, says, drawing, answer, NO_KILLS)


def isk(scope: Scope) -> Chart:
    """The same in ISK, of what has a value."""
    answer, span = scope.activity(), scope.range
    rows = answer.rows
    both = ("losses",) if scope.is_place else ("kills", "losses")
    counted, valued = (sum(row[side + suffix] for row in rows for side in both) for suffix in ("", "_valued"))
    of = f", {of_valued(valued, counted)}" if valued < counted else ""
    empty = "Nothing in this range has a value" if counted else NO_KILLS
    labels = [span.label(row["bucket"]) for row in rows]
    lost = [float(row["isk_lost"] or 0) for row in rows]
    if scope.is_place:
        lines = [(f"mean of {span.trend}", "c", [_mean(row, "trend_isk_lost") for row in rows])]
        drawing = Columns(labels, [("ISK destroyed", "c", lost)], up_lines=lines)
        return chart("isk", f"ISK destroyed per {span.step}", f"what it was worth{of}", drawing, answer, empty)
    drawing = Columns(
        labels, [("ISK killed", "a", [float(row["isk_killed"] or 0) for row in rows])], [("ISK lost", "e", lost)]
    )
    says = f"what the kills and the losses were worth, each kill in full{of}"
    return chart("isk", f"ISK per {span.step}", says, drawing, answer, empty)


def efficiency(scope: Scope) -> Chart:
    """ISK killed of all ISK, over the trend's steps."""
    answer, span = scope.activity(), scope.range
    values = [isk_share(row["trend_isk_killed"], row["trend_isk_lost"]) for row in answer.rows]
    drawing = Lines([span.label(row["bucket"]) for row in answer.rows], [("efficiency", "b", values)], " %", 100)
    says = f"ISK killed as a share of ISK killed and lost, over {span.trend} each"
    return chart("efficiency", "Efficiency", says, drawing, answer, NO_KILLS)


def ratio(scope: Scope) -> Chart:
    """Kills for each loss, over the trend's steps."""
    answer, span = scope.activity(), scope.range
    values = [row["trend_kills"] / row["trend_losses"] if row["trend_losses"] else None for row in answer.rows]
    drawing = Lines([span.label(row["bucket"]) for row in answer.rows], [("kills per loss", "c", values)])
    says = f"kills for each loss, over {span.trend} each; a gap where nothing was lost"
    return chart("ratio", "Kill ratio", says, drawing, answer, "No losses in this range")


def _mean(row: Row, name: str) -> float:
    return float(row[name] or 0) / float(row["trend_buckets"])
