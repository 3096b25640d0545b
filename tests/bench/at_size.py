"""What readers and the live feed meet in a warehouse of millions of killmails, over an index-only count of one million.

The warehouse is that of bench.filled, made where it is not there yet. Pages and API are asked over HTTP about the
alliance with most killmails, over a year; each query of theirs is then timed by itself, warm, in turn with the count,
and the slowest one is told. A live batch is 200 killmails of the last day: promotion, then the marts until they show
them; they are taken out again. `--kills` is the size.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from bench import filled
from bench.clones import clone
from bench.cloning import killmail_tables
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import build, checkpoint, promote
from killmart.db.marts import touch_days
from killmart.load.marts import refresh_marts
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support import realdata
from support.asking import Query, asked_about
from support.databases import maintain

COUNTED = 1_000_000
LIVE_KILLS = 200
SLOWEST = 5
"""So many queries, by one look at each, are timed round by round."""
PATIENCE_MS = 120_000
_COUNT = f"SELECT count(*) FROM (SELECT killmail_id FROM core.kills_fact ORDER BY 1 LIMIT {COUNTED}) AS kills"


def run(bench: Bench) -> Iterator[Measured]:
    """The slowest query about the biggest alliance, and a live batch, each over the count."""
    if not realdata.DATA.is_dir():
        yield from skipped("at_size", realdata.ABSENT)
        return
    with filled.in_use(bench.kills) as warehouse:
        runtime = warehouse.runtime()
        try:
            forget_live(runtime, warehouse.made)
            _check_count(runtime.engine)
            yield _entity_page(runtime, warehouse.made, bench.rounds)
            yield live_batch(runtime, warehouse.made, bench.rounds)
        finally:
            forget_live(runtime, warehouse.made)
            runtime.engine.dispose()


def _check_count(engine: Engine) -> None:
    with engine.connect() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {_COUNT}").scalars())
    assert "Index Only Scan" in plan, plan


def _count(engine: Engine) -> float:
    return timed(engine, _COUNT, workers=0)


def timed(engine: Engine, statement: str, parameters: Any = (), workers: int | None = None) -> float:
    """Seconds until the last row of a query is here; `workers` beside the one process, else as many as usual."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        if workers is not None:
            connection.exec_driver_sql(f"SET LOCAL max_parallel_workers_per_gather = {workers}")
        started = time.perf_counter()
        connection.exec_driver_sql(statement, parameters).all()
        return time.perf_counter() - started


def _size(made: filled.Filled) -> dict[str, int]:
    """How many killmails there are, and how many of them were counted: not a million in a small warehouse."""
    return {"warehouse": made.kills, "counted": min(made.kills, COUNTED)}


# --- the slowest query of a page ------------------------------------------------------------------------------------


def _entity_page(runtime: Runtime, made: filled.Filled, rounds: int) -> Measured:
    alliance, kills = biggest_alliance(runtime.engine)
    slow_ones_too = (200, 503)  # a query that does not end within the time of a page is among those that were asked
    queries = asked_about(runtime, "alliance", alliance, slow_ones_too)
    once = [(timed(runtime.engine, one.statement, one.parameters), one) for one in queries]
    slowest = [one for _, one in sorted(once, key=lambda pair: pair[0], reverse=True)[:SLOWEST]]
    pairs: list[list[tuple[dict[str, float], float]]] = [[] for _ in slowest]
    for one in slowest:
        timed(runtime.engine, one.statement, one.parameters)
    _count(runtime.engine)
    for _ in range(rounds):
        count = _count(runtime.engine)
        for one, of_one in zip(slowest, pairs, strict=True):
            of_one.append(({"query": timed(runtime.engine, one.statement, one.parameters)}, count))
    about = _size(made) | {"alliance": alliance, "killmails_of_it": kills, "queries": len(queries)}
    figures = [
        ratio("entity_page_vs_count", of_one, "count", about | _named(one))
        for one, of_one in zip(slowest, pairs, strict=True)
    ]
    return max(figures, key=lambda figure: statistics.median(figure.values))


def biggest_alliance(engine: Engine) -> tuple[int, int]:
    """The alliance that is on most killmails as an attacker, and on how many."""
    query = """SELECT alliance_id, count(DISTINCT killmail_id) FROM core.kill_attackers WHERE alliance_id IS NOT NULL
        GROUP BY alliance_id ORDER BY 2 DESC, 1 LIMIT 1"""
    with engine.connect() as connection:
        row = connection.execute(text(query)).one()
    return int(row[0]), int(row[1])


def _named(query: Query) -> dict[str, str]:
    lines = (line for line in query.statement.splitlines() if not line.startswith("--"))
    return {"asked_by": query.address, "statement": " ".join(" ".join(lines).split())[:160]}


# --- a live batch -----------------------------------------------------------------------------------------------------


def live_batch(runtime: Runtime, made: filled.Filled, rounds: int) -> Measured:
    """Promotion of a live batch until marts show it, over the count, pair by pair; what it brought stays."""
    pairs = []
    for number in range(rounds + 1):
        batch_id = build(runtime.engine, _live_kills(made, number), source="r2z2")
        checkpoint(runtime.engine)
        before = _shown(runtime.engine, made)
        count = _count(runtime.engine)
        started = time.perf_counter()
        promote(runtime.engine, batch_id)
        promoted = time.perf_counter()
        refresh_marts(runtime)
        ours = {"promote": promoted - started, "marts": time.perf_counter() - promoted}
        assert _shown(runtime.engine, made) == before + LIVE_KILLS
        if number:  # the first one warms up
            pairs.append((ours, count))
    return ratio("live_batch_vs_count", pairs, "count", _size(made) | {"kills": LIVE_KILLS})


def _live_kills(made: filled.Filled, number: int) -> Iterator[Arrival]:
    """200 killmails of the last day, with ids after all others."""
    of = realdata.DAYS[number % len(realdata.DAYS)]
    last = datetime.fromisoformat(made.last_day)
    kills = sorted(realdata.day_archive(of), key=lambda kill: kill.body["killmail_id"])
    shift = last - datetime.fromisoformat(of)
    for place, kill in enumerate(kills[number :: len(kills) // LIVE_KILLS][:LIVE_KILLS]):
        killmail_id = made.last_id + 1 + number * LIVE_KILLS + place
        _, killmail_hash, body = clone(kill.text, killmail_id - kill.body["killmail_id"], shift)
        yield Arrival(killmail_id, killmail_hash, body, None, "r2z2", known=False)


def _shown(engine: Engine, made: filled.Filled) -> int:
    """Killmails of the last day, as the mart tells it."""
    query = "SELECT sum(losses) FROM mart.activity_daily WHERE entity_kind = 'system' AND day = :day"
    with engine.connect() as connection:
        return int(connection.execute(text(query), {"day": made.last_day}).scalar_one())


def forget_live(runtime: Runtime, made: filled.Filled) -> None:
    """Take out what live batches have brought, also those of a run that was interrupted."""
    with runtime.engine.begin() as connection:
        if _forgotten(connection, made.last_id):
            touch_days(connection, [date.fromisoformat(made.last_day)])
    refresh_marts(runtime)
    maintain(runtime.engine, "VACUUM (ANALYZE)")


def _forgotten(connection: Connection, last_id: int) -> int:
    tables = sorted(killmail_tables(connection), key=lambda table: len(table.foreign_keys), reverse=True)
    return sum(
        connection.execute(text(f"DELETE FROM {table.full_name} WHERE killmail_id > :last"), {"last": last_id}).rowcount
        for table in tables
    )
