"""Finds the SQL in include/sql: `source("staging/claim_killmails")` is include/sql/staging/claim_killmails.sql.

Values come by bind parameters alone. What cannot be bound is a name, and these are put in:
- files write `candidate.kills_fact_batch`: `batch_names` puts the batch's number there, `core_names` the table of core;
- templates write `any_entities` and `any_entity_id`: `entity_names` puts table and id of a kind of entity there;
- where tables or columns are many of a kind, a file says it of one (`core.each_kill_table`), and each line that does
  stands once for every name of the list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from killmart.config.settings import PROJECT

SQL_FOLDER = PROJECT / "include" / "sql"

ENTITIES = {"character": "characters", "corporation": "corporations", "alliance": "alliances"}
"""Kinds of those who can be on a killmail, and their tables in core."""
JUNCTIONS = {"system": "systems"} | ENTITIES
"""Kinds that core has a table `kill_…` of: where a killmail was, and then who was on it, derived in this order."""
KILL_TABLES = (
    "kills_fact",
    "kill_victims",
    "kill_attackers",
    "kill_items",
    *(f"kill_{entities}" for entities in JUNCTIONS.values()),
)
"""core's tables of killmails, that of the killmails themselves first."""
CANDIDATE_TABLES = (*KILL_TABLES, *ENTITIES.values())
"""core's tables that a batch has candidates of, all with the same names and columns."""
_LISTS = {"each_kill_table": KILL_TABLES, "each_candidate": CANDIDATE_TABLES}

_BATCH_TABLE = re.compile(r"\bcandidate\.(\w+?)_batch\b")
_ENTITY = re.compile(r"(?<![a-z])any_entit(y_id|ies)(?![a-z])")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@cache
def source(name: str) -> str:
    """Text of include/sql/<name>.sql, comments included, said of each table where it is said of one."""
    return each_name((SQL_FOLDER / f"{name}.sql").read_text(), **_LISTS)


def batch_names(statement: str, batch_id: int) -> str:
    """Put the batch's number into the names of its candidate tables."""
    return _BATCH_TABLE.sub(rf"candidate.\1_{int(batch_id)}", statement)


def core_names(statement: str) -> str:
    """Have a statement on candidate tables work on the tables of core."""
    return _BATCH_TABLE.sub(r"core.\1", statement)


def entity_names(statement: str, kind: str) -> str:
    """Put the table and the id of a kind of entity into a statement; raises KeyError where there is no such kind."""
    names = {"y_id": f"{kind}_id", "ies": JUNCTIONS[kind]}
    return _ENTITY.sub(lambda found: names[found[1]], statement)


def each_name(statement: str, **lists: Sequence[str]) -> str:
    """Repeat the lines with a list's keyword, with each of its names in place of it and a comma between.

    Raises ValueError on what is no plain name.
    """
    lines: list[str] = []
    for line in statement.splitlines():
        word = next((word for word in lists if word in line), None)
        if word is None or line.lstrip().startswith("--"):
            lines.append(line)
        else:
            bare = line.removesuffix(",")
            lines.append(",\n".join(bare.replace(word, _checked(name)) for name in lists[word]) + line[len(bare) :])
    return "\n".join(lines)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no plain name of a table or column")
    return name
