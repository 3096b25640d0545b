"""Finds the SQL in include/sql: `source("staging/claim_killmails")` is include/sql/staging/claim_killmails.sql.

Values come by bind parameters alone. The one thing that cannot be bound is the number in the names of a
batch's candidate tables: files write `candidate.kills_fact_batch`, and `batch_names` puts the number there.
"""

from __future__ import annotations

import re
from functools import cache

from killmart.config.settings import PROJECT

SQL_FOLDER = PROJECT / "include" / "sql"

_BATCH_TABLE = re.compile(r"\b(candidate\.\w+?)_batch\b")


@cache
def source(name: str) -> str:
    """Text of include/sql/<name>.sql, comments included."""
    return (SQL_FOLDER / f"{name}.sql").read_text()


def batch_names(statement: str, batch_id: int) -> str:
    """Put the batch's number into the names of its candidate tables."""
    return _BATCH_TABLE.sub(rf"\1_{int(batch_id)}", statement)
