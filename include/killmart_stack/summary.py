"""What the warehouse holds, as the demo prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql

from killmart.model.waits import LONGEST_BACKOFF, LONGEST_RECHECK

_SCHEMAS = ["core", "mart", "reference", "quality", "staging"]

_TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname = ANY(%s)
ORDER BY array_position(%s, schemaname::text), tablename
"""

_DUE = """
SELECT count(*) FROM staging.killmails
WHERE
    state IN ('pending', 'fetched')
    AND ops.seconds_left(next_attempt_at, CASE WHEN state = 'pending' AND attempts > 0 THEN %s ELSE %s END) = 0
"""

_DAYS = """
SELECT count(*), count(*) FILTER (WHERE missing = '{}'), min(day), max(day) FROM quality.day_coverage
WHERE sources != '{}'
"""

_NEWEST_VERDICT = """
SELECT outcome, claimed, promoted, quarantined, known, gone FROM quality.validation_runs
ORDER BY run_id DESC LIMIT 1
"""


def promoted(dsn: str) -> int:
    """Killmails in core.kills_fact."""
    with _cursor(dsn) as cursor:
        return _number(cursor, "SELECT count(*) FROM core.kills_fact")


def due(dsn: str) -> int:
    """Killmails in staging that a run could go on with now."""
    with _cursor(dsn) as cursor:
        return _number(cursor, _DUE, (LONGEST_BACKOFF, LONGEST_RECHECK))


def describe(dsn: str) -> list[str]:
    """Lines for people: what was promoted, which days, the newest verdict of the gate, the rows of every table."""
    with _cursor(dsn) as cursor:
        lines = [f"{_number(cursor, 'SELECT count(*) FROM core.kills_fact'):,} killmails are promoted."]
        cursor.execute(_DAYS)
        days, complete, first, last = cursor.fetchone()
        if days:
            lines.append(f"{days:,} whole days are loaded ({first} to {last}), {complete:,} of them complete.")
        cursor.execute(_NEWEST_VERDICT)
        verdict = cursor.fetchone()
        if verdict:
            outcome, claimed, core, quarantined, known, gone = verdict
            lines.append(
                f"The newest batch {outcome}: {claimed:,} claimed = {core:,} promoted, {quarantined:,} quarantined, "
                f"{known:,} known, {gone:,} gone."
            )
        cursor.execute(_TABLES, (_SCHEMAS, _SCHEMAS))
        for schema, table in cursor.fetchall():
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            lines.append(f"  {_number(cursor, count):>12,}  {schema}.{table}")
        return lines


def _number(cursor: Any, query: str | sql.Composed, parameters: Sequence[float] = ()) -> int:
    cursor.execute(query, parameters)
    return int(cursor.fetchone()[0])


@contextmanager
def _cursor(dsn: str) -> Iterator[Any]:
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
