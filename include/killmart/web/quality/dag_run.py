"""The tab on each DAG run: what the gate said of what that run brought."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from killmart.db.metrics import backfill_of_dag_run
from killmart.db.review import batches_of_dag_run
from killmart.load.backfill import figures_of
from killmart.web.frame.fields import ReportDownload, Text
from killmart.web.frame.warehouse import back_to, warehouse
from killmart.web.quality.runs import report_of
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

_REVIEW = re.compile(r"review_batch batch_(\d{1,18})")
"""DAG and run that ask a person about one batch."""


@router.get("/dag-run")
def dag_run(request: Request, dag_id: Text = "", run_id: Text = "", download: ReportDownload = None) -> Response:
    """The batches of one DAG run with their verdicts; the whole report where it is one; for a review, its batch.

    For a backfill also what it planned and what it came to.
    """
    if review := _REVIEW.fullmatch(f"{dag_id} {run_id}"):
        return back_to(request, f"/quality/batches/{int(review[1])}")
    report: dict[str, Any] | None = None
    with warehouse(request) as connection:
        batches = batches_of_dag_run(connection, dag_id, run_id) if dag_id and run_id else []
        figures = figures_of(backfill_of_dag_run(connection, dag_id, run_id))
        judged = [batch["run_id"] for batch in batches if batch["run_id"] is not None]
        if len(judged) == 1:
            report = report_of(connection, judged[0])
    view = {"dag_id": dag_id, "dag_run_id": run_id, "batches": batches, "report": report, **figures}
    return QUALITY.show(
        request, "dag_run", view, title="Quality of this DAG run", download=download, name=f"dag-run-{dag_id}-{run_id}"
    )
