"""What pages and API ask the warehouse about one entity over the last year: every query, as it was sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import event

from killmart.runtime import Runtime
from killmart.web.api.app import API
from killmart.web.api.mart_models import MARTS
from support.serving import client, make_app, served


class Query(NamedTuple):
    """A query of a page or of the API, with the address that asks it."""

    address: str
    statement: str
    parameters: Any


def asked_about(
    runtime: Runtime, kind: str, entity_id: int, answers: Collection[int] = (200,), last: date | None = None
) -> list[Query]:
    """Every query that pages and API ask about an entity over a year, each once; `answers` are those allowed.

    `last` is the last day of the year, else today.
    """
    found: dict[tuple[str, str], Query] = {}
    address = ""

    def remember(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "FROM" in statement:
            found.setdefault((statement, repr(parameters)), Query(address, statement, parameters))

    event.listen(runtime.reader_engine, "before_cursor_execute", remember)
    try:
        with served(make_app(runtime)) as url, client(url) as browser:
            for address in addresses(kind, entity_id, last):
                answer = browser.get(address)
                assert answer.status_code in answers, f"{address}: {answer.status_code} {answer.text[:300]}"
    finally:
        event.remove(runtime.reader_engine, "before_cursor_execute", remember)
    return list(found.values())


def addresses(kind: str, entity_id: int, last: date | None = None) -> list[str]:
    """The pages and the routes of the API about an entity, over the year up to `last` where there is a choice."""
    last = last or datetime.now(UTC).date()
    first = last - timedelta(days=364)
    year, year_of_page = f"from={first}&to={last}", f"first={first}&last={last}"
    whose = f"entity_kind={kind}&entity_id={entity_id}"
    tables = [table for table in MARTS if table != "items_daily"]
    return [
        f"/charts/{kind}/{entity_id}?{year_of_page}",
        f"/charts/{kind}/{entity_id}/battles",
        *(
            f"/charts/{kind}/{entity_id}?{year_of_page}&download=csv&chart={chart}"
            for chart in ("systems", "ships_killed")
        ),
        f"{API}/entities/{kind}/{entity_id}?{year}",
        *(f"{API}/marts/{table}?{whose}&{year}&limit=1000" for table in tables),
        *(f"{API}/killmails?{whose}&limit=200&role={role}" for role in ("any", "attacker", "victim")),
    ]
