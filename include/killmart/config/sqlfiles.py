"""Finds the SQL in include/sql: `source("staging/claim_killmails")` is include/sql/staging/claim_killmails.sql.

Values come by bind parameters alone. Two things cannot be bound: the number in the names of a batch's candidate tables
(files write `candidate.kills_fact_batch`, and `batch_names` puts the number there), and the table and id of a kind of
entity (files write `core.any_entities` and `any_entity_id`, and `entity_names` puts those of the kind there).
"""

from __future__ import annotations

import re
from functools import cache

from killmart.config.settings import PROJECT

SQL_FOLDER = PROJECT / "include" / "sql"

_BATCH_TABLE = re.compile(r"\b(candidate\.\w+?)_batch\b")
_ENTITY = re.compile(r"\bany_entit(y_id|ies)\b")
ENTITIES = {"character": "characters", "corporation": "corporations", "alliance": "alliances"}
"""Kinds of entities, and their tables in core."""


@cache
def source(name: str) -> str:
    """Text of include/sql/<name>.sql, comments included."""
    return (SQL_FOLDER / f"{name}.sql").read_text()


def batch_names(statement: str, batch_id: int) -> str:
    """Put the batch's number into the names of its candidate tables."""
    return _BATCH_TABLE.sub(rf"\1_{int(batch_id)}", statement)


def entity_names(statement: str, kind: str) -> str:
    """Put the table and the id of a kind of entity into a statement; raises KeyError where there is no such kind."""
    names = {"y_id": f"{kind}_id", "ies": ENTITIES[kind]}
    return _ENTITY.sub(lambda found: names[found[1]], statement)
