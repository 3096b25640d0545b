"""What a killmail takes on disk: core and mart, tables, indexes and long values, of the real days.

Once as they were loaded, and once after all were revalued (other prices came for their days) and vacuumed; the larger
one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Engine, text

from bench.figures import Bench, Measured, skipped
from bench.loading import bench_runtime, empty, load, real_day
from bench.market import reference_data, store_market
from killmart.load.marts import refresh_marts
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from support import realdata
from support.databases import maintain

SIZES = """
SELECT relnamespace::regnamespace::text AS schema, sum(pg_total_relation_size(oid)) AS bytes
FROM pg_class WHERE relnamespace IN ('core'::regnamespace, 'mart'::regnamespace) AND relkind IN ('r', 'm')
GROUP BY 1
"""


def run(bench: Bench) -> Iterator[Measured]:
    """Bytes for each killmail of both real days; there is nothing to repeat."""
    if not realdata.DATA.is_dir():
        yield from skipped("bytes_per_kill", realdata.ABSENT)
        return
    engine, runtime = bench.engine, bench_runtime(bench.engine)
    days = [date.fromisoformat(day) for day in realdata.DAYS]
    _start_anew(runtime)
    with reference_data(engine, days):
        kills = 0
        for day in realdata.DAYS:
            arrivals = real_day(day)
            kills += len(arrivals)
            load(engine, arrivals)
        refresh_marts(runtime)
        loaded = _bytes(engine, kills)
        store_market(engine, days, percent=110)
        revalued = fill_values(runtime).changed
        refresh_marts(runtime)
        later = _bytes(engine, kills)
    _start_anew(runtime)
    details = {"kills": kills, "revalued": revalued, "loaded": loaded, "revalued_and_vacuumed": later}
    yield Measured("bytes_per_kill", [max(sum(loaded.values()), sum(later.values()))], details)


def _start_anew(runtime: Runtime) -> None:
    empty(runtime.engine)
    refresh_marts(runtime, rebuild=True)
    maintain(runtime.engine, "VACUUM FULL")  # upserts of earlier benchmarks leave room behind


def _bytes(engine: Engine, kills: int) -> dict[str, int]:
    """Bytes for each killmail by schema, after a vacuum."""
    maintain(engine, "VACUUM (ANALYZE)")
    with engine.connect() as connection:
        return {row.schema: round(row.bytes / kills) for row in connection.execute(text(SIZES))}
