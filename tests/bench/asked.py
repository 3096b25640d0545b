"""What readers ask a warehouse, found by machine: every route that answers GET, docs/queries.md's blocks, the digest.

Routes and their parameters are those of the app. Each is asked in the typical way, and in every way with much to
answer: about whom there is most to tell, over the longest range that is allowed, with the largest limit, and with each
value that its other parameters may have. Statements are noted as they were sent.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import httpx
import msgspec
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from sqlalchemy import Connection, text

from killmart.config.settings import PROJECT
from killmart.runtime import Runtime
from killmart.watch.digest.post import post_digest
from killmart.web.charts.gallery import names_of
from support.plans import noting
from support.serving import behind_the_door, client, make_app, served

Values = Mapping[str, Any]
QUERIES = PROJECT / "docs" / "queries.md"
DIGEST = "digest"
TYPICAL, LARGEST = "typical", "largest"
KINDS = ("character", "corporation", "alliance", "system")
_SET_APART = ("limit", "from", "to", "first", "last", "cursor", "theme")
"""Parameters of which a largest value goes with all the others, or that change nothing of what is asked."""
_SPANS = (3660, 366, 31)
"""Days of a range, the longest first: the first that a route does not refuse is its longest."""
_QUERY_DAYS = 7
"""docs/queries.md wants a short range for questions about everybody."""
_BLOCK = re.compile(r"(?<=\n\n)([^\n]+(?:\n[^\n]+)*)\n\n```sql\n(.*?)```", re.DOTALL)


class Statement(NamedTuple):
    """A statement as it was sent."""

    text: str
    parameters: Any


@dataclass(frozen=True)
class Asked:
    """What one reader asked in a `size`, TYPICAL or LARGEST, each statement once."""

    reader: str
    size: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Route:
    """A route that answers GET: its path as the app has it, and what its parameters may be, by OpenAPI."""

    path: str
    parameters: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> set[str]:
        """Its parameters."""
        return {one["name"] for one in self.parameters} | set(re.findall(r"\{(\w+)", self.path))


def readers(runtime: Runtime) -> list[str]:
    """All that there is to ask: paths of routes, titles of queries, the digest."""
    return [*(route.path for route in routes(runtime)), *(title for title, _ in blocks()), DIGEST]


def asked_by_readers(runtime: Runtime) -> Iterator[Asked]:
    """What every reader asks, first in the typical, then in the largest way. Reads only."""
    with runtime.engine.connect() as connection:
        worlds = {TYPICAL: world(connection, TYPICAL), LARGEST: world(connection, LARGEST)}
    with noting(runtime.reader_engine) as asked, served(make_app(runtime)) as url, client(url) as browser:
        for route in routes(runtime):
            for size, found in worlds.items():
                asked.clear()
                _ask_route(browser, route, found, size)
                yield Asked(route.path, size, _distinct(asked))
    for title, query in blocks():
        for size, found in worlds.items():
            with noting(runtime.engine) as asked, runtime.engine.connect() as connection:
                connection.execute(text(query), found).all()
            yield Asked(title, size, _distinct(asked))
    for size, subject in ((TYPICAL, ""), (LARGEST, f"alliance:{worlds[LARGEST]['alliance_id']}")):
        about = replace(runtime, settings=msgspec.structs.replace(runtime.settings, digest_entity=subject))
        about.__dict__["engine"] = runtime.engine
        with noting(runtime.engine) as asked:
            post_digest(about, worlds[size]["day"], dry_run=True)
        yield Asked(DIGEST, size, _distinct(asked))


def _distinct(asked: Iterable[tuple[str, Any]]) -> tuple[Statement, ...]:
    found = {(statement, repr(given)): Statement(statement, given) for statement, given in asked if "FROM" in statement}
    return tuple(found.values())


# --- what there is to ask -------------------------------------------------------------------------------------------


def routes(runtime: Runtime) -> list[Route]:
    """Every route of pages and API that answers GET, those for what is nowhere too."""
    inside, mount = behind_the_door(runtime)
    return [
        Route(prefix + route.path, tuple(_parameters(prefix, route)))
        for prefix, app in (("", inside), (mount.path, mount.app))
        for route in app.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    ]


def _parameters(prefix: str, route: APIRoute) -> Iterator[dict[str, Any]]:
    """Name, place and schema of each parameter of a route."""
    with warnings.catch_warnings():  # one that answers several methods has one name for all
        warnings.simplefilter("ignore", UserWarning)
        described = get_openapi(title="", version="", routes=[route])["paths"]
    for one in described.get(route.path_format, {}).get("get", {}).get("parameters", ()):
        options = one["schema"].get("anyOf", [one["schema"]])
        yield {"name": one["name"], "in": one["in"], "is_required": one["required"], **options[0]}


def blocks() -> list[tuple[str, str]]:
    """The queries of docs/queries.md, each with the first sentence before it; variables as psql has them."""
    found = _BLOCK.findall(QUERIES.read_text())
    titles = [re.split(r"[:.] |[:.]$", words.replace("\n", " "))[0] for words, _ in found]
    assert len(set(titles)) == len(titles), titles
    return [(f"queries.md: {title}", query) for title, (_, query) in zip(titles, found, strict=True)]


# --- about whom -----------------------------------------------------------------------------------------------------

_MOST = "ORDER BY {order} DESC, 1 LIMIT 1"
_MEDIAN = "ORDER BY {order}, 1 OFFSET (SELECT count(*) / 2 FROM found) LIMIT 1"
_SUBJECTS = {
    "character_id": (
        "SELECT character_id, count(*) AS kills FROM core.kill_characters"
        " WHERE NOT core.is_npc(character_id, NULL) GROUP BY 1",
        "kills",
    ),
    "corporation_id": (
        "SELECT corporation_id, count(*) AS kills FROM core.kill_corporations"
        " WHERE NOT core.is_npc(NULL, corporation_id) GROUP BY 1",
        "kills",
    ),
    "alliance_id": ("SELECT alliance_id, count(*) AS kills FROM core.kill_alliances GROUP BY 1", "kills"),
    "system_id": ("SELECT system_id, count(*) AS kills FROM core.kills_fact GROUP BY 1", "kills"),
    "killmail_id": ("SELECT killmail_id, attacker_count + item_count AS rows FROM core.kills_fact", "rows"),
    "battle_id": ("SELECT battle_id, kills FROM mart.battles", "kills"),
    "type_id": ("SELECT type_id, killmails FROM mart.settled_items WHERE day = :day", "killmails"),
}
"""Whom and what there is to ask for, with how much there is to tell of each, and how that is called."""


def world(connection: Connection, size: str) -> dict[str, Any]:
    """Values by the names of parameters: of whom there is most to tell, or as much as of most."""
    newest = connection.execute(
        text("SELECT (kill_time AT TIME ZONE 'UTC')::date FROM core.kills_fact ORDER BY kill_time DESC LIMIT 1")
    ).scalar_one()
    found: dict[str, Any] = {"day": newest, "batch_id": 1, "run_id": 1, "quarantine_id": 1}
    for name, (query, order) in _SUBJECTS.items():
        end = (_MOST if size == LARGEST else _MEDIAN).format(order=order)
        statement = text(f"WITH found AS ({query}) SELECT {name} FROM found {end}")
        given = {"day": newest - timedelta(days=1)} if ":day" in query else {}
        found[name] = connection.execute(statement, given).scalar() or 1  # nobody has it
    days = _QUERY_DAYS if size == LARGEST else 1
    return found | {
        "since": newest - timedelta(days=days - 1),
        "until": newest + timedelta(days=1),
        "q": "Al" if size == LARGEST else f"Alliance {found['alliance_id']}",
        "table_name": "kills_fact",
        "expectation": "adds_up",
        "name": "frame.css",
        "path": "nowhere",
        "year": newest.year,
        "min_value": 1_000_000_000,
        "min_kills": 10,
        "before": found["battle_id"],
        "after": 0,
        "dag_id": "killmails_backfill",
    }


# --- how --------------------------------------------------------------------------------------------------------------


def _ask_route(browser: httpx.Client, route: Route, found: Values, size: str) -> None:
    """Ask a route in every way of this size, and for the page after, where there is one; refusals are not counted."""
    always = {
        one["name"]: found[one["name"]] for one in route.parameters if one["in"] == "query" and one["is_required"]
    }
    if size == LARGEST:
        always |= {one["name"]: one["maximum"] for one in route.parameters if one["name"] == "limit"}
    is_answered = False
    for whose in _subjects(route, found):
        for more in _ways(route, found, whose) if size == LARGEST else ({},):
            given = always | whose | more
            address = re.sub(r":\w+\}", "}", route.path).format_map({**found, **whose})
            query = {name: value for name, value in given.items() if f"{{{name}}}" not in route.path}
            for span in _spans(route, found["day"]) if size == LARGEST else ({},):
                answer = browser.get(address, params=query | span)
                if answer.status_code != 400:
                    break
            assert answer.status_code < 500 or answer.status_code == 503, f"{answer.url}: {answer.text[:300]}"
            is_answered = is_answered or answer.status_code in (200, 303, 307, 404, 405, 503)
            if "cursor" in route.names and answer.status_code == 200 and (following := answer.json().get("next")):
                browser.get(address, params=query | span | {"cursor": following})
    assert is_answered, f"{route.path} refuses all that it is asked"


def _spans(route: Route, newest: date) -> Iterator[dict[str, Any]]:
    """Ranges of days, the longest first; none where a route knows no range."""
    ends = next((ends for ends in (("from", "to"), ("first", "last")) if {*ends} <= route.names), None)
    if ends is None:
        yield {}
        return
    for days in _SPANS:
        yield dict(zip(ends, (newest - timedelta(days=days - 1), newest), strict=True))


def _subjects(route: Route, found: Values) -> Iterator[dict[str, Any]]:
    """Nobody, where that may be, and one of each kind."""
    name = next((one for one in ("kind", "entity_kind") if one in route.names), None)
    if name is None or "entity_id" not in route.names:
        yield {}
        return
    [kinds] = (one.get("enum", KINDS) for one in route.parameters if one["name"] == name)
    if f"{{{name}}}" not in route.path:
        yield {}
    for kind in kinds:
        yield {name: kind, "entity_id": found[f"{kind}_id"]}


def _ways(route: Route, found: Values, whose: Values) -> Iterator[dict[str, Any]]:
    """Nothing more, and each parameter with each value that it may have, one at a time."""
    yield {}
    for one in route.parameters:
        name = one["name"]
        if one["in"] == "path" or one["is_required"] or name in whose or name in _SET_APART:
            continue
        if name == "chart":
            charts = names_of(whose.get("kind", "system"), whose.get("entity_id"))
            yield from ({"chart": chart, "download": "csv"} for chart in charts)
        elif "enum" in one:
            yield from ({name: value} for value in one["enum"])
        elif one.get("type") == "boolean":
            yield {name: "false"}
        elif name in found:
            yield {name: found[name]}
