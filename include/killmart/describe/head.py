"""migrations/head.sql: the warehouse as the newest revision leaves it, from pg_dump (docs/adr/0024-revisions.md)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_INTRODUCTION = """\
-- The warehouse as all revisions together leave it. Written by `make model`, never by hand and never run by `migrate`:
-- revisions carry their own SQL. What changes here is what a revision changes.

SET check_function_bodies = false; -- functions come before the tables that they read

"""
_OF_ONE_SERVER = re.compile(r"^(--|SET |SELECT pg_catalog\.set_config|\\(un)?restrict )", re.MULTILINE)
"""Lines of a dump that say who made it, and how, or what the next statement is about to say."""


def head_of(pg_dump: Path, dsn: str) -> str:
    """The statements that make the warehouse at `dsn`, without its rows; what alembic keeps for itself is left out."""
    dump = subprocess.run(
        [pg_dump, "--schema-only", "--no-owner", "--exclude-table=public.schema_version", dsn],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    statements = "\n".join(line for line in dump.splitlines() if not _OF_ONE_SERVER.match(line))
    return _INTRODUCTION + re.sub(r"\n{3,}", "\n\n", statements).strip() + "\n"
