"""Who was on a killmail, and where: kill_characters, kill_corporations, kill_alliances and kill_systems, the junctions.

Each is derived by one statement, whether of a batch or of core, so that building and checking cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from killmart.config.sqlfiles import JUNCTIONS, batch_names, core_names, entity_names, source
from killmart.db.ranges import Between
from killmart.db.sql import batch_sql, entity_sql, sql

Touched = Literal[
    "own_figures", "promotion_existing", "promotion_built", "candidate.zkb_changes_batch", "candidate.kills_fact_batch"
]
"""Tables of killmails that may have changed: db.values and the promotion make three, a batch has the others."""
_DERIVING = {"character": "templates/insert_kill_characters", "system": "templates/insert_kill_systems"}
ALL_KILLS = {"lowest": 0, "highest": 2**63 - 1}


def deriving(kind: str) -> str:
    """The statement that derives a kind's junction from the candidate tables of a batch, or by `core_names` of core.

    Takes ALL_KILLS, or other bounds.
    """
    return entity_names(source(_DERIVING.get(kind, "templates/insert_kill_entities")), kind)


def derive(connection: Connection, batch_id: int) -> None:
    """Fill the junctions of a batch from its other candidate tables, once these are complete."""
    connection.execute(batch_sql("candidate/analyze_kills", batch_id))
    for kind in JUNCTIONS:
        connection.execute(text(batch_names(deriving(kind), batch_id)), ALL_KILLS)


def bring_facts(connection: Connection, touched: Touched, between: Between, batch_id: int | None = None) -> None:
    """Bring value, points and solo from core.kills_fact to core's junctions, for the killmails of the table `touched`.

    To be called after whatever updates kills_fact in place, in its transaction; `batch_id` if `touched` is of a batch.
    """
    _bring(connection, core_names(source("templates/update_kill_entities")), touched, between, batch_id)


def bring_facts_to_batch(connection: Connection, batch_id: int, touched: Touched, between: Between) -> None:
    """The same for a batch's own tables."""
    _bring(connection, source("templates/update_kill_entities"), touched, between, batch_id)


def bring_facts_to_range(connection: Connection, batch_id: int, number: int, between: Between) -> None:
    """The same from a batch to a range that is built with it, for the killmails that come to core with that."""
    template = source("templates/update_kill_entities")
    template = template.replace("candidate.kill_any_entities_batch", f"candidate.kill_any_entities_r{int(number)}")
    _bring(connection, template, "promotion_built", between, batch_id)


def _bring(connection: Connection, template: str, touched: Touched, between: Between, batch_id: int | None) -> None:
    for kind in JUNCTIONS:
        statement = entity_names(template, kind).replace("touched_kills", touched)
        connection.execute(text(statement if batch_id is None else batch_names(statement, batch_id)), between)


def differing(connection: Connection, lowest: int, highest: int) -> set[int]:
    """Killmails of core between two ids of which the junctions are not what is derived from the rest of core.

    The caller's transaction has to see one state of core, or a promotion may come between.
    """
    found: set[int] = set()
    between = {"lowest": lowest, "highest": highest}
    for kind, entities in JUNCTIONS.items():
        connection.execute(entity_sql("templates/create_derived_kill_entities", kind))
        statement = deriving(kind)
        for made in {"systems", entities}:
            statement = statement.replace(f"candidate.kill_{made}_batch", f"derived_kill_{made}")
        connection.execute(text(core_names(statement)), between)
        compared = entity_names(source("templates/select_differing_kill_entities"), kind)
        found.update(connection.execute(text(compared), between).scalars())
    return found


def sample_range(connection: Connection, share: float, kills: int, *, is_by_days: bool) -> Row[Any]:
    """(lowest, highest, kills) of so many killmails from a share (0 to 1) of core's days or time on.

    They are nulls in an empty core. Days are those known to have killmails; time is even from the first killmail to the
    last, whatever is between.
    """
    where = {"share": share, "kills": kills, "is_by_days": is_by_days}
    return connection.execute(sql("core/find_kill_range"), where).one()


def latest_check(connection: Connection) -> Row[Any] | None:
    """(checked_at, differing) of the latest comparison."""
    return connection.execute(sql("quality/find_junction_check")).one_or_none()


def record_check(connection: Connection, checked_at: datetime, kills: int, differing: Collection[int]) -> None:
    """Record a comparison of so many killmails."""
    values = {"checked_at": checked_at, "kills": kills, "differing": sorted(differing)}
    connection.execute(sql("quality/insert_junction_check"), values)
