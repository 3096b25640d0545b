"""With many killmails stored, no query of the API reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from killmart.runtime import Runtime
from killmart.web.api.app import API
from killmart.web.api.mart_models import MARTS
from killmart_stack.postgres import EmbeddedPostgres
from support.api_filling import fill
from support.databases import shared_warehouse
from support.pipeline import rows
from support.plans import explained, noting, whole_tables
from support.serving import client, make_app, served

KILLS = 60_000
DAYS = "from=2026-02-01&to=2026-02-03"
MONTH = "from=2026-02-01&to=2026-02-28"
ASKED = [
    "/killmails",
    f"/killmails?{DAYS}",
    f"/killmails?{DAYS}&min_value=1000000000000",
    "/killmails?system_id=30004999",
    f"/killmails?{DAYS}&system_id=30000001",
    "/killmails?entity_kind=alliance&entity_id=99000000",
    "/killmails?entity_kind=alliance&entity_id=99009999",
    "/killmails?entity_kind=corporation&entity_id=98002999&role=victim",
    "/killmails?entity_kind=character&entity_id=90000007&role=attacker",
    f"/killmails?entity_kind=character&entity_id=90000007&{DAYS}",
    "/killmails/17",
    "/entities/search?q=pilot+3f",
    f"/entities/character/90000007?{MONTH}",
    *(f"/marts/{table}?{MONTH}&limit=100" for table in MARTS),
    *(f"/marts/{table}?{MONTH}&entity_kind=character&entity_id=90000007" for table in MARTS if table != "items_daily"),
    f"/marts/items_daily?{MONTH}&type_id=34",
    f"/battles?{MONTH}",
    f"/battles?{MONTH}&system_id=30000005",
    "/battles/17",
    f"/coverage?{MONTH}",
    "/coverage/2026-02-01",
]
SMALL = {"solar_systems", "types"}
"""Empty in these tests, as are the tables of the mart that have no rows here."""


@pytest.fixture(scope="module")
def busy(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a warehouse with many killmails; tests only read it."""
    with shared_warehouse(postgres, "busy_api") as runtime:
        fill(runtime, KILLS)
        yield runtime


@pytest.fixture(scope="module")
def busy_site(busy: Runtime) -> Iterator[str]:
    """Address of the API on it."""
    with served(make_app(busy)) as url:
        yield url + API


@pytest.mark.parametrize("address", ASKED)
def test_no_query_reads_a_whole_table(busy: Runtime, busy_site: str, address: str) -> None:
    with noting(busy.reader_engine) as asked, client(busy_site) as program:
        answer = program.get(address)
    assert answer.status_code in (200, 404)
    queries = [(statement, parameters) for statement, parameters in asked if "\nFROM " in statement]
    assert queries
    for statement, parameters in queries:
        large = [
            table
            for table in whole_tables(explained(busy, statement, parameters))
            if table not in SMALL and busy_rows(busy, table) > 0
        ]
        assert not large, statement


def busy_rows(runtime: Runtime, table: str) -> int:
    """How many rows PostgreSQL believes a table to have."""
    with runtime.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT max(reltuples) FROM pg_class WHERE relname = %s", (table,))
        return int(found.scalar_one())


def test_paging_meets_every_killmail_once(busy: Runtime, busy_site: str) -> None:
    """By an entity whose killmails lie in the newest ids, the next ones, and the rest."""
    theirs = {"entity_kind": "corporation", "entity_id": "98000100", "limit": "200"}
    seen: list[int] = []
    with client(busy_site) as program:
        query = dict(theirs)
        while True:
            page = program.get("/killmails", params=query).json()
            seen += [one["killmail_id"] for one in page["killmails"]]
            if page["next"] is None:
                break
            query = theirs | {"cursor": page["next"]}
    query_of_all = """SELECT DISTINCT killmail_id FROM (
        SELECT killmail_id, corporation_id FROM core.kill_attackers
        UNION ALL SELECT killmail_id, corporation_id FROM core.kill_victims
    ) AS involved WHERE corporation_id = 98000100 ORDER BY 1 DESC"""
    assert [(one,) for one in seen] == rows(busy, query_of_all)
    assert seen[0] > KILLS - 5_000 > 5_000 > seen[-1]
