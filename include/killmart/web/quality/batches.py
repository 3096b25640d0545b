"""Blocked batches: what the gate found, and the decision of a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from killmart.db import review
from killmart.db.actions import actions_of_batch
from killmart.load import review as stage
from killmart.web.access import Actor, settle_questions
from killmart.web.errors import Missing
from killmart.web.frame.fields import BeforeId, FormNote, PathId, ReportDownload
from killmart.web.frame.warehouse import back_to, runtime_of, warehouse
from killmart.web.paging import page_of
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

_BATCHES = 20
_REJECTED = 10


@router.get("/batches")
def batches(request: Request, before: BeforeId = None) -> Response:
    """Batches that wait for a person, each with what it failed, and those that were rejected lately."""
    with warehouse(request) as connection:
        page = page_of(
            [vars(batch) for batch in review.batches_in(connection, "blocked", before, _BATCHES + 1)],
            "batch_id",
            size=_BATCHES,
        )
        failed = {
            batch["batch_id"]: review.failed_checks(connection, batch["run_id"])
            for batch in page.rows
            if batch["run_id"]
        }
        rejected = review.batches_in(connection, "rejected", None, _REJECTED)
    view = {"page": page, "failed": failed, "rejected": rejected, "before": before}
    return QUALITY.show(request, "batches", view, title="Blocked batches")


@router.get("/batches/{batch_id}")
def batch(request: Request, batch_id: PathId, download: ReportDownload = None) -> Response:
    """One batch: the failed checks with examples, the decision, and what people did."""
    with warehouse(request) as connection:
        found = review.find_batch(connection, batch_id)
        failed = review.failed_checks(connection, found.run_id) if found and found.run_id else []
        actions = actions_of_batch(connection, batch_id)
    if found is None:
        raise Missing(f"There is no batch {batch_id} in this warehouse.", "The list has those that wait for a person.")
    view = {"batch": found, "failed": failed, "actions": actions}
    return QUALITY.show(request, "batch", view, title=f"Batch {batch_id}", download=download, name=f"batch-{batch_id}")


@router.post("/batches/{batch_id}/release")
def release(request: Request, actor: Actor, batch_id: PathId, note: FormNote = "") -> Response:
    """Promote the batch although critical expectations failed."""
    stage.release_batch(runtime_of(request), batch_id, actor.name, note)
    settle_questions(request)
    return back_to(request, f"/quality/batches/{batch_id}")


@router.post("/batches/{batch_id}/reject")
def reject(
    request: Request, actor: Actor, batch_id: PathId, note: FormNote = "", quarantine: Annotated[bool, Form()] = False
) -> Response:
    """Drop the batch; its killmails stay set aside, or go to quarantine."""
    stage.reject_batch(runtime_of(request), batch_id, actor.name, note, quarantine=quarantine)
    settle_questions(request)
    return back_to(request, f"/quality/batches/{batch_id}")


@router.post("/batches/{batch_id}/retry")
def retry(request: Request, actor: Actor, batch_id: PathId, note: FormNote = "") -> Response:
    """Let the next run build a rejected batch's killmails again."""
    stage.retry_batch(runtime_of(request), batch_id, actor.name, note)
    return back_to(request, f"/quality/batches/{batch_id}")
