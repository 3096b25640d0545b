"""How PostgreSQL answers the queries of a page, and what it reads for them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from killmart.runtime import Runtime
from support.serving import client, make_app, served

SMALL = {"solar_systems", "corporations", "alliances", "run_metrics"}
"""Empty in these tests."""
THROWN_AWAY = 500
"""Rows that a query may meet and not want."""


@contextmanager
def noting(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that this engine executes meanwhile, each with its parameters."""
    asked: list[tuple[str, Any]] = []

    def remember(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def asked_by(runtime: Runtime, page: str) -> tuple[list[tuple[str, Any]], Any]:
    """The queries of a page, and its answer."""
    with noting(runtime.reader_engine) as asked, served(make_app(runtime)) as url, client(url) as browser:
        answer = browser.get(page)
    assert answer.status_code == 200
    return [one for one in asked if "FROM" in one[0]], answer


def explained(runtime: Runtime, statement: str, parameters: Any = ()) -> Any:
    """How PostgreSQL answers a query, and what it met on the way."""
    with runtime.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    return plan if isinstance(plan, list) else json.loads(plan)


def steps(plan: Any) -> Iterator[dict[str, Any]]:
    """Every step of a plan, as PostgreSQL says it."""
    if isinstance(plan, list):
        for part in plan:
            yield from steps(part)
    elif isinstance(plan, dict):
        if "Node Type" in plan:
            yield plan
        for part in plan.values():
            yield from steps(part)


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every step of a plan; ranges of kill tables go by the whole's names, without those where nothing was read."""
    for step in steps(plan):
        names = {key: re.sub(r"_r\d+$", "", step[key]) for key in ("Relation Name", "Index Name") if key in step}
        if names.get("Relation Name") == step.get("Relation Name"):
            yield step | names
        elif not _is_idle(step):
            yield step | names | {"Alias": re.sub(r"_\d+$", "", step["Alias"])}


def _is_idle(step: dict[str, Any]) -> bool:
    """Whether a range was not looked at, or read from one end to the other and found empty."""
    met = step.get("Actual Rows", 0) + step.get("Rows Removed by Filter", 0)
    return step.get("Actual Loops") == 0 or (step["Node Type"] == "Seq Scan" and met == 0)


def rows_met(node: dict[str, Any]) -> float:
    """Rows that a step of a plan has looked at, wanted or not."""
    met = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float(met * node["Actual Loops"])


def wasteful(plan: Any) -> Iterator[str]:
    """Steps that read rows to throw them away: a whole table by way of an index."""
    for node in nodes(plan):
        thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        if thrown * node.get("Actual Loops", 1) > THROWN_AWAY:
            yield f"{node['Node Type']} on {node.get('Relation Name')}: {thrown} rows for nothing"


def scanned(plan: Any, tables: Collection[str]) -> list[str]:
    """Which of these tables, or ranges of tables, a plan reads from one end to the other."""
    return [
        step["Relation Name"]
        for step in steps(plan)
        if step["Node Type"] == "Seq Scan" and step["Relation Name"] in tables and step.get("Actual Loops") != 0
    ]


def whole_tables(plan: Any) -> Iterator[str]:
    """Tables that a plan reads from one end to the other, except the small ones."""
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] not in SMALL:
            yield node["Relation Name"]


def fits(page: str, pattern: str) -> bool:
    """Whether an address is one of a route, whose variable parts are `*`."""
    parts, wanted = page.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(want in ("*", part) for part, want in zip(parts, wanted, strict=True))
