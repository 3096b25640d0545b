"""Finds the SQL in include/sql: `source("staging/claim_killmails")` is include/sql/staging/claim_killmails.sql.

Values come by bind parameters alone. What cannot be bound are names: files write `candidate.kills_fact_batch`, and
`batch_names` puts the number of a batch there, `core_names` the table of core; templates (include/sql/templates) write
`kill_entities` and `entity_id`, and `entity_names` puts one of `JUNCTIONS` there.
"""

from __future__ import annotations

import re
from functools import cache

from killmart.config.settings import PROJECT

SQL_FOLDER = PROJECT / "include" / "sql"

ENTITIES = {"characters": "character_id", "corporations": "corporation_id", "alliances": "alliance_id"}
"""Who can be on a killmail, and the column with its id."""
JUNCTIONS = ENTITIES | {"systems": "system_id"}
"""What a template can be about: who was on a killmail, and where it was; there is no other."""

_BATCH_TABLE = re.compile(r"\bcandidate\.(\w+?)_batch\b")


@cache
def source(name: str) -> str:
    """Text of include/sql/<name>.sql, comments included."""
    return (SQL_FOLDER / f"{name}.sql").read_text()


def batch_names(statement: str, batch_id: int) -> str:
    """Put the batch's number into the names of its candidate tables."""
    return _BATCH_TABLE.sub(rf"candidate.\1_{int(batch_id)}", statement)


def core_names(statement: str) -> str:
    """Have a statement on candidate tables work on the tables of core."""
    return _BATCH_TABLE.sub(r"core.\1", statement)


def entity_names(statement: str, entities: str) -> str:
    """Put one of `JUNCTIONS` into a template; another one is a KeyError."""
    column = JUNCTIONS[entities]
    return re.sub(r"\bentity_id\b", column, statement.replace("kill_entities", f"kill_{entities}"))
