"""The quarantine: reasons, entries, one entry with its body, and what can be done with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db import quarantine as stored
from killmart.db.actions import actions_of_entry
from killmart.errors import KillmartError
from killmart.load import quarantine as stage
from killmart.transform.defects import RELEASABLE
from killmart.web.access import Actor
from killmart.web.attachment import attachment
from killmart.web.errors import Missing
from killmart.web.frame.fields import MAX_BIGINT, BeforeId, FormNote, PathId, ReportDownload, Text
from killmart.web.frame.warehouse import back_to, runtime_of, warehouse
from killmart.web.paging import PAGE_ROWS, page_of
from killmart.web.quality.bodies import readable
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

Chosen = Annotated[list[Annotated[int, Field(ge=1, le=MAX_BIGINT)]], Form(min_length=1, max_length=PAGE_ROWS)]
"""Entries ticked in the list."""
_DOWNLOADED = 5000
"""Entries in one file."""


@router.get("/quarantine")
def quarantine(
    request: Request, reason: Text = "", is_open: bool = True, before: BeforeId = None, download: ReportDownload = None
) -> Response:
    """Entries by reason, open or resolved ones, the latest first."""
    size = _DOWNLOADED if download else PAGE_ROWS
    with warehouse(request) as connection:
        reasons = stored.count_reasons(connection)
        found = stored.entries(connection, reason or None, before, size + 1, is_resolved=not is_open)
    view = {
        "reasons": reasons,
        "page": page_of([vars(one) for one in found], "quarantine_id", size=size),
        "reason": reason,
        "is_open": is_open,
        "before": before,
    }
    return QUALITY.show(
        request, "quarantine", view, title="Quarantine", download=download, name=f"quarantine-{reason or 'all'}"
    )


@router.get("/quarantine/{quarantine_id}")
def entry(request: Request, quarantine_id: PathId, download: ReportDownload = None) -> Response:
    """One entry: why it is here, its body, what people did with it."""
    with warehouse(request) as connection:
        found = stored.find_entry(connection, quarantine_id)
        actions = actions_of_entry(connection, quarantine_id)
    if found is None:
        raise _no_entry(quarantine_id)
    view = {
        "entry": vars(found.entry) | readable(found.body, found.entry.body_bytes),
        "staging_state": found.staging_state,
        "is_releasable": found.entry.reason in RELEASABLE and found.body is not None,
        "actions": actions,
    }
    name = f"quarantine-{quarantine_id}"
    return QUALITY.show(request, "entry", view, title=f"Quarantine entry {quarantine_id}", download=download, name=name)


@router.get("/quarantine/{quarantine_id}/body")
def body(request: Request, quarantine_id: PathId) -> Response:
    """The body byte for byte, as a file that no browser takes for a page."""
    with warehouse(request) as connection:
        found = stored.find_entry(connection, quarantine_id)
    if found is None or found.body is None:
        raise _no_entry(quarantine_id)
    headers = attachment("bin", f"quarantine-{quarantine_id}")
    return Response(found.body, media_type="application/octet-stream", headers=headers)


@router.post("/quarantine/retry")
def retry(request: Request, actor: Actor, ids: Chosen, note: FormNote = "") -> Response:
    """Send killmails through the pipeline again."""
    return _worked(request, ids, stage.retry(runtime_of(request), ids, actor.name, note))


@router.post("/quarantine/discard")
def discard(request: Request, actor: Actor, ids: Chosen, note: FormNote = "") -> Response:
    """Close entries for good; the note is the reason."""
    return _worked(request, ids, stage.discard(runtime_of(request), ids, actor.name, note))


@router.post("/quarantine/{quarantine_id}/release")
def release(request: Request, actor: Actor, quarantine_id: PathId, note: FormNote = "") -> Response:
    """Bring the killmail to core although it breaks a rule."""
    stage.release(runtime_of(request), quarantine_id, actor.name, note)
    return back_to(request, f"/quality/quarantine/{quarantine_id}")


def _worked(request: Request, ids: list[int], worked: stage.Worked) -> Response:
    """Back to the entry, or to the list; what was refused is said."""
    if worked.refused:
        done = f"{len(worked.done)} of {len(ids)} entries were dealt with. " if worked.done else ""
        raise KillmartError(done + " ".join(worked.refused.values()))
    return back_to(request, f"/quality/quarantine/{ids[0]}" if len(ids) == 1 else "/quality/quarantine")


def _no_entry(quarantine_id: int) -> Missing:
    return Missing(
        f"There is no entry {quarantine_id} in quarantine.",
        "The quarantine lists the open entries by reason, and the resolved ones.",
    )
