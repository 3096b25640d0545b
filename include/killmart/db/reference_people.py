"""Names and affiliations of those in core: who is to be asked for, and what ESI answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from killmart.config.sqlfiles import ENTITIES
from killmart.db.sql import entity_sql, sql


@dataclass(frozen=True)
class NameAges:
    """How old answers may get, in days, and how lately somebody must have been seen for a stale one to matter."""

    stale_days: float
    seen_days: float
    nameless_days: float = 30.0
    refused_days: tuple[float, ...] = (1 / 24, 20 / 24, 7 - 4 / 24)
    """After the first, second and third refusal: an hour, a day, a week, less what a daily run may come earlier."""


def select_due_names(connection: Connection, ages: NameAges, limit: int) -> list[int]:
    """Ids whose names are to be asked for by the rule in core/select_due_names.sql, each once, seen last first."""
    parameters = {
        "stale_days": ages.stale_days,
        "seen_days": ages.seen_days,
        "nameless_days": ages.nameless_days,
        "refused_days": list(ages.refused_days),
        "limit": limit,
    }
    result = connection.execute(sql("core/select_due_names"), parameters)
    return list(dict.fromkeys(result.scalars()))


def store_names(
    connection: Connection, names: Sequence[tuple[int, str, str]], asked: Sequence[int], *, is_refused: bool = False
) -> int:
    """Write (id, category, name) down, and of all the ids `asked` that they were; returns how many got a name.

    With `is_refused` ESI knows nobody by these ids, and they are asked for again soon. A name goes to the table of its
    category alone; an id that lies in another table stays nameless there.
    """
    by_category: dict[str, dict[int, str]] = {category: {} for category in ENTITIES}
    for eve_id, category, name in names:
        if category in by_category:
            by_category[category][eve_id] = name
    named = 0
    for category, found in by_category.items():
        names_or_none = [found.get(eve_id) for eve_id in asked]
        parameters = {"ids": list(asked), "names": names_or_none, "is_refused": is_refused}
        connection.execute(entity_sql("core/update_entity_names", category), parameters)
        named += len(found)
    return named


def select_due_affiliations(connection: Connection, seen_days: float, after: int, limit: int) -> list[int]:
    """Characters after the id `after` whose affiliation is to be asked for, in the order of their ids."""
    parameters = {"seen_days": seen_days, "after": after, "limit": limit}
    return list(connection.execute(sql("core/select_due_affiliations"), parameters).scalars())


def store_affiliations(
    connection: Connection, affiliations: Mapping[int, tuple[int, int | None]], age_seconds: float
) -> int:
    """Write {character: (corporation, alliance)} down where no kill is newer; returns how many characters that were.

    `age_seconds` is how old ESI's answer was. The alliances of the corporations are learnt on the way.
    """
    if not affiliations:
        return 0
    parameters = {
        "ids": list(affiliations),
        "corporation_ids": [corporation_id for corporation_id, _ in affiliations.values()],
        "alliance_ids": [alliance_id for _, alliance_id in affiliations.values()],
        "age_seconds": age_seconds,
    }
    updated = connection.execute(sql("core/update_character_affiliations"), parameters).rowcount
    alliances = dict(affiliations.values())
    parameters = {"ids": list(alliances), "alliance_ids": list(alliances.values()), "age_seconds": age_seconds}
    connection.execute(sql("core/update_corporation_affiliations"), parameters)
    return updated


def mark_asked_affiliations(connection: Connection, ids: Sequence[int]) -> None:
    """Note that ESI has no affiliation for these characters; what kills said of them stays."""
    if ids:
        connection.execute(sql("core/update_asked_affiliations"), {"ids": list(ids)})
