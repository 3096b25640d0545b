"""Charts of names: ships, systems, corporations, those flown with and fought against, battles."""

from __future__ import annotations

from killmart.db.reading import Row
from killmart.drawing.drawing import Ranked, Ranking
from killmart.text import isk_of
from killmart.web.charts.chart import Chart, chart
from killmart.web.charts.over_time import NO_KILLS
from killmart.web.charts.scope import SHOWN, Scope


def name_of(kind: str, entity_id: int, name: str | None) -> str:
    """The name, or kind and id where it is not known yet."""
    return name or f"{kind.capitalize()} {entity_id}"


def ships_flown(scope: Scope) -> Chart:
    """Ships on kills."""
    title = "Ships of attackers" if scope.is_place else "Ships flown"
    return _ships(scope, "ships_flown", title, "on how many kills each was flown", "kills_with", "b", "kills")


def ships_killed(scope: Scope) -> Chart:
    """Ships of victims."""
    return _ships(scope, "ships_killed", "Ships killed", "what the victims flew", "killed", "a", "killed")


def ships_lost(scope: Scope) -> Chart:
    """Ships lost."""
    says = "what was lost most often"
    return _ships(scope, "ships_lost", "Ships lost", says, "lost", "e", "lost")


def systems(scope: Scope) -> Chart:
    """Where it happened."""
    answer = scope.systems()
    rows = [
        _both(scope, row, name_of("system", row["system_id"], row["name"]), f"/charts/system/{row['system_id']}")
        for row in answer.rows[:SHOWN]
    ]
    title = "Busiest systems" if scope.is_place else "Systems"
    return chart("systems", title, "where most was killed and lost", Ranking(rows), answer, NO_KILLS)


def corporations(scope: Scope) -> Chart:
    """Which corporations did most."""
    answer = scope.corporations()
    rows = [
        _both(
            None,
            row,
            name_of("corporation", row["corporation_id"], row["name"]),
            f"/charts/corporation/{row['corporation_id']}",
        )
        for row in answer.rows[:SHOWN]
    ]
    says = "who kills and loses here" if scope.is_place else "which members kill and lose"
    return chart("corporations", "Corporations", says, Ranking(rows), answer, NO_KILLS)


def flew_with(scope: Scope) -> Chart:
    """Friends."""
    answer = scope.relations()
    found = sorted(
        (row for row in answer.rows if row["flew_with"]), key=lambda row: (-row["flew_with"], row["other_id"])
    )
    rows = [
        Ranked(
            name_of(scope.kind, row["other_id"], row["name"]),
            [("kills together", "b", row["flew_with"])],
            f"{row['flew_with']:,}",
            f"/charts/{scope.kind}/{row['other_id']}",
        )
        for row in found[:SHOWN]
    ]
    empty = "Nobody shared a kill in this range"
    return chart("flew_with", "Flew with", "kills on which both attacked", Ranking(rows), answer, empty)


def fought_against(scope: Scope) -> Chart:
    """Enemies."""
    answer = scope.relations()
    found = sorted(
        (row for row in answer.rows if row["kills"] + row["losses"]),
        key=lambda row: (-row["kills"] - row["losses"], row["other_id"]),
    )
    rows = [
        _both(None, row, name_of(scope.kind, row["other_id"], row["name"]), f"/charts/{scope.kind}/{row['other_id']}")
        for row in found[:SHOWN]
    ]
    says = "kills of theirs, and losses to them"
    return chart("fought_against", "Fought against", says, Ranking(rows), answer, "Nobody was fought in this range")


def battles(scope: Scope) -> Chart:
    """The costliest fights."""
    answer = scope.battles(is_by_isk=True)
    rows = [
        Ranked(
            f"{name_of('system', row['system_id'], row['system_name'])}, {row['started_at']:%Y-%m-%d}",
            [("ISK destroyed", "c", float(row["isk"] or 0))],
            isk_of(row["isk"], row["valued"], row["kills"]),
            f"/charts/battles/{row['battle_id']}",
        )
        for row in answer.rows[:SHOWN]
    ]
    says = "the costliest fights, by what all sides lost"
    return chart("battles", "Battles", says, Ranking(rows), answer, "No battle in this range")


def _ships(scope: Scope, name: str, title: str, says: str, counted: str, tone: str, unit: str) -> Chart:
    answer = scope.ships()
    found = sorted((row for row in answer.rows if row[counted]), key=lambda row: (-row[counted], row["ship_type_id"]))
    rows = [
        Ranked(row["ship_name"] or f"Type {row['ship_type_id']}", [(unit, tone, row[counted])], f"{row[counted]:,}")
        for row in found[:SHOWN]
    ]
    return chart(name, title, says, Ranking(rows), answer, NO_KILLS if unit != "lost" else "No losses in this range")


def _both(scope: Scope | None, row: Row, name: str, path: str) -> Ranked:
    if scope is not None and scope.is_place:
        return Ranked(name, [("kills", "a", row["losses"])], f"{row['losses']:,}", path)
    told = f"{row['kills']:,} / {row['losses']:,}"
    return Ranked(name, [("kills", "a", row["kills"]), ("losses", "e", row["losses"])], told, path)
