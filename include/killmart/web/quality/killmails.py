"""One killmail: what core, staging and the quarantine have of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from killmart.db import killmails
from killmart.db.quarantine import entries_of_killmail
from killmart.web.errors import Missing
from killmart.web.frame.fields import MAX_BIGINT, PathId, ReportDownload
from killmart.web.frame.warehouse import back_to, staging, warehouse
from killmart.web.quality.bodies import readable
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

_ROWS = 300
"""Attackers and items that are shown."""


@router.get("/killmails")
def find(request: Request, killmail_id: Annotated[int, Query(ge=1, le=MAX_BIGINT)]) -> Response:
    """Lead to the page of the killmail that a person looks for."""
    return back_to(request, f"/quality/killmails/{killmail_id}")


@router.get("/killmails/{killmail_id}")
def killmail(request: Request, killmail_id: PathId, download: ReportDownload = None) -> Response:
    """Core's rows, where staging has it, its entries in quarantine, and the body as received."""
    with warehouse(request) as connection:
        core = killmails.killmail(connection, killmail_id, _ROWS)
        found: dict[str, Any] = {
            "core": core,
            "attackers": core.pop("attackers") if core else [],
            "items": core.pop("items") if core else [],
            "quarantine": entries_of_killmail(connection, killmail_id),
        }
    with staging(request) as connection:
        found["staging"] = killmails.staged(connection, killmail_id)
    if not (found["core"] or found["staging"] or found["quarantine"]):
        raise Missing(
            f"The warehouse has nothing of killmail {killmail_id}: not in core, staging or quarantine.",
            "No source has named it, or its day has not been loaded; the coverage of its day shows which.",
        )
    if found["staging"]:
        found["staging"] |= readable(found["staging"]["body"], found["staging"]["body_bytes"])
    view = {"killmail_id": killmail_id, **found}
    name = f"killmail-{killmail_id}"
    return QUALITY.show(request, "killmail", view, title=f"Killmail {killmail_id}", download=download, name=name)
