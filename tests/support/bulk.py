"""What tests of batches that are promoted together share: batches of bodies, and what a warehouse holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from killmart.config.sqlfiles import ENTITIES, KILL_TABLES
from killmart.db import bare_ranges, batches
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support import oracle
from support.pipeline import Json, build_batch, encoded, give_verdict, rows

WIDTH = 5_000_000
"""Ids of a range."""
_MOMENTS = ("promoted_at", "changed_at")
HELD = {
    **{f"core.{table}": "" for table in (*KILL_TABLES, *ENTITIES.values())},
    "staging.killmails": "killmail_id, state, batch_id IS NULL, error",
    "quality.quarantine": "killmail_id, reason, resolution, resolved_at IS NULL",
    "staging.batches": "state, claimed, candidates, promoted, quarantined, known",
    "mart.touched_days": "day, system_ids, kill_times",
}
"""Tables that a promotion writes, and what of them is not of the moment or a number of a batch."""
LEFT_OVER = """SELECT format('%s.%s', relnamespace::regnamespace, relname) FROM pg_class
    WHERE relkind IN ('r', 'p') AND (
        relnamespace = 'candidate'::regnamespace
        OR (relnamespace = 'core'::regnamespace AND relname ~ '_r[0-9]+' AND NOT relispartition)
    )"""
"""Tables that nobody needs once all batches are promoted."""


def build_whatever_comes(monkeypatch: pytest.MonkeyPatch, most_there: float = 1000) -> None:
    """Have a range built for a single killmail, almost whatever is there already; nobody waits long for readers."""
    monkeypatch.setattr(bare_ranges, "WORTH_BUILDING", 1)
    monkeypatch.setattr(bare_ranges, "MOST_THERE", most_there)
    monkeypatch.setattr(bare_ranges, "LOCK_PAUSE", 0.01)


def built_ranges(runtime: Runtime) -> int:
    """How many ranges were built bare so far."""
    query = "SELECT coalesce(sum(value), 0)::int FROM ops.run_metrics WHERE metric = 'built_ranges'"
    return int(rows(runtime, query)[0][0])


def batch_of(runtime: Runtime, bodies: Iterable[Json], source: str = "everef", zkb: bytes | None = None) -> int:
    """A batch of these bodies that may be promoted, as a whole day's file brings it; returns its number."""
    arrivals = [
        Arrival(body["killmail_id"], oracle.killmail_hash_of(body), encoded(body), zkb, source, known=False)
        for body in bodies
    ]
    return batch_of_arrivals(runtime, arrivals, source)


def batch_of_arrivals(runtime: Runtime, arrivals: list[Arrival], source: str = "everef") -> int:
    """The same of what has arrived."""
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, f"{runtime.owner} day", source, None, None)
        build_batch(connection, batch_id, [arrivals])
    give_verdict(runtime, batch_id)
    return batch_id


def held(runtime: Runtime) -> dict[str, list[str]]:
    """All that promotions write, but for moments and numbers of batches."""
    found: dict[str, list[str]] = {}
    for table, chosen in HELD.items():
        schema, name = table.split(".")
        columns = """SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns
            WHERE table_schema = :schema AND table_name = :name AND column_name != all(:moments)"""
        [(listed,)] = rows(runtime, columns, schema=schema, name=name, moments=list(_MOMENTS))
        query = f"SELECT kept::text FROM (SELECT {chosen or listed} FROM {table}) AS kept ORDER BY 1"
        found[table] = [line for (line,) in rows(runtime, query)]
    return found


def left_over(runtime: Runtime) -> list[str]:
    """Tables of batches and of ranges that somebody has left lying about."""
    return [name for (name,) in rows(runtime, LEFT_OVER)]


def expected(bodies: Iterable[Json], source: str = "everef", zkb: Json | None = None) -> oracle.Tables:
    """What core should have of these bodies."""
    return oracle.expected([(body, oracle.killmail_hash_of(body), zkb, source) for body in bodies])


def chunks_of(things: Sequence[Any], count: int) -> list[Sequence[Any]]:
    """As many pieces of a sequence, one after the other."""
    return [things[len(things) * place // count : len(things) * (place + 1) // count] for place in range(count)]
