"""The page of charts: of all systems together, or of a character, a corporation, an alliance or a system."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from killmart.db import entities, sums
from killmart.drawing.picture import Heading
from killmart.text import isk_share
from killmart.web.charts.downloads import as_csv, as_picture
from killmart.web.charts.gallery import chart_of, charts_of
from killmart.web.charts.ranges import DEFAULT, LOOK_BACK, RangeName, range_of
from killmart.web.charts.rankings import name_of
from killmart.web.charts.scope import KEPT, SHOWN, Scope
from killmart.web.charts.search import Typed, meant_by
from killmart.web.charts.section import CHARTS
from killmart.web.errors import Missing
from killmart.web.frame.fields import EntityKind, PathId, Text
from killmart.web.frame.warehouse import warehouse

router = APIRouter(prefix="/charts")

ChartDownload = Literal["csv", "svg", "png", "json", "html"] | None
Theme = Annotated[Literal["light", "dark"], Query()]
EVERYWHERE = "All systems"


@router.get("")
def everywhere(
    request: Request,
    q: Typed = "",
    span: RangeName = DEFAULT,
    first: Text = "",
    last: Text = "",
    chart: Text = "",
    download: ChartDownload = None,
    theme: Theme = "light",
) -> Response:
    """The charts of all systems together; with `q`, whom is meant by it."""
    with warehouse(request) as connection:
        if q.strip():
            return _chosen(request, connection, q.strip(), {"span": span, "first": first, "last": last})
        seen = sums.seen(connection, "system", None)
        wanted = range_of(span, first, last, today=_today(), seen=seen, is_all=True)
        scope = Scope(connection, "system", None, wanted, SHOWN if download != "csv" else KEPT)
        entity = {"entity_kind": None, "entity_id": None, "name": EVERYWHERE}
        return _answer(request, scope, entity, seen, chart, download, theme)


@router.get("/{kind}/{entity_id}")
def of_entity(
    request: Request,
    kind: EntityKind,
    entity_id: PathId,
    span: RangeName = DEFAULT,
    first: Text = "",
    last: Text = "",
    chart: Text = "",
    download: ChartDownload = None,
    theme: Theme = "light",
) -> Response:
    """The charts of a character, a corporation, an alliance or a system."""
    with warehouse(request) as connection:
        entity, seen = entity_of(connection, kind, entity_id)
        wanted = range_of(span, first, last, today=_today(), seen=seen)
        scope = Scope(connection, kind, entity_id, wanted, SHOWN if download != "csv" else KEPT)
        return _answer(request, scope, entity, seen, chart, download, theme)


def entity_of(connection: Connection, kind: str, entity_id: int) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """An entity with its name, and the first and last day with anything of it; raises Missing for an unknown one."""
    found = entities.entity(connection, kind, entity_id)
    seen = sums.seen(connection, kind, entity_id)
    if found is None and seen[0] is None:
        raise Missing(
            f"There is no {kind} {entity_id} in this warehouse.",
            "It was on no killmail that is loaded, or the address is wrong. The search box of Charts finds by name.",
        )
    known = found or {"entity_kind": kind, "entity_id": entity_id, "name": None}
    return known | {"name": name_of(kind, entity_id, known["name"])}, seen


def _answer(
    request: Request,
    scope: Scope,
    entity: dict[str, Any],
    seen: tuple[Any, Any],
    chart: str,
    download: ChartDownload,
    theme: str,
) -> Response:
    whose = f"{entity['entity_kind']}-{entity['name']}" if entity["entity_kind"] else "all-systems"
    name = f"{whose}-{scope.range.title}"
    if download in ("csv", "svg", "png"):
        return _one(scope, entity, chart, download, theme, name)
    charts = charts_of(scope)
    view = {
        "entity": entity,
        "range": {
            "name": scope.range.name,
            "first": scope.range.first,
            "last": scope.range.last,
            "step": scope.range.step,
            "title": scope.range.title,
        },
        "spans": [(key, title) for key, (days, title) in LOOK_BACK.items() if days or scope.entity_id is not None],
        "first_day": seen[0],
        "last_day": seen[1],
        "today": _today(),
        "totals": _totals(scope),
        "charts": charts,
    }
    return CHARTS.show(request, "charts", view, title=entity["name"], download=download, name=name)


def _one(scope: Scope, entity: dict[str, Any], chart: str, download: str, theme: str, name: str) -> Response:
    found = chart_of(scope, chart)
    if found is None:
        raise Missing(f"There is no chart “{chart[:60]}” here.", "The page of charts has links to all there are.")
    if download == "csv":
        return as_csv(found, name)
    subject = f"{entity['name']} ({entity['entity_kind']})" if entity["entity_kind"] else entity["name"]
    return as_picture(found, Heading(found.title, subject, scope.range.title), theme, download, name)


def _totals(scope: Scope) -> dict[str, Any]:
    totals = scope.totals().rows[0]
    ratio = totals["kills"] / totals["losses"] if totals["losses"] else None
    efficiency = isk_share(totals["isk_killed"], totals["isk_lost"])
    return totals | {"efficiency": efficiency, "ratio": ratio, "is_place": scope.is_place}


def _chosen(request: Request, connection: Connection, typed: str, kept: dict[str, Any]) -> Response:
    """Leads to the one that is meant, or lets the person choose."""
    meant, found = meant_by(connection, typed)
    query = {name: value for name, value in kept.items() if value and (name, value) != ("span", DEFAULT)}
    if meant is not None:
        path = f"{request.scope.get('root_path', '')}/charts/{meant['entity_kind']}/{meant['entity_id']}"
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)
    view = {"typed": typed, "found": found, "kept": query}
    return CHARTS.show(request, "choose", view, title="Whom do you mean?" if found else "Nobody found")


def _today() -> Any:
    return datetime.now(UTC).date()
