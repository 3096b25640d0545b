"""Validation runs: the list, and the report of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from killmart.db import validation
from killmart.web.errors import Missing
from killmart.web.frame.fields import BeforeId, PathId, ReportDownload, Text
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import PAGE_ROWS, page_of
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

OUTCOMES = ("passed", "warned", "blocked", "released", "rejected")
COMMAND_LINE = "command line"
"""What the filter calls runs that no DAG made."""

RunOutcome = Literal["", "passed", "warned", "blocked", "released", "rejected"]


@router.get("/runs")
def runs(
    request: Request, dag_id: Text = "", outcome: Annotated[RunOutcome, Query()] = "", before: BeforeId = None
) -> Response:
    """Validation runs, the latest first, of one DAG or outcome."""
    is_command_line = dag_id == COMMAND_LINE
    with warehouse(request) as connection:
        dags = validation.dags(connection)
        rows = validation.runs(
            connection,
            PAGE_ROWS + 1,
            before=before,
            dag_id=None if is_command_line else dag_id or None,
            is_command_line=is_command_line,
            outcome=outcome or None,
        )
    view = {
        "page": page_of(rows, "run_id"),
        "dags": [*dags, COMMAND_LINE],
        "outcomes": OUTCOMES,
        "dag_id": dag_id,
        "outcome": outcome,
        "before": before,
    }
    return QUALITY.show(request, "runs", view, title="Validation runs")


@router.get("/runs/{run_id}")
def run(request: Request, run_id: PathId, download: ReportDownload = None) -> Response:
    """One run: counts through the stages, and every expectation with what it found."""
    with warehouse(request) as connection:
        report = report_of(connection, run_id)
    if report is None:
        raise Missing(
            f"There is no validation run {run_id} in this warehouse.",
            "The list of runs has all there are, the latest first.",
        )
    return QUALITY.show(
        request, "run", report, title=f"Validation run {run_id}", download=download, name=f"run-{run_id}"
    )


def report_of(connection: Connection, run_id: int) -> dict[str, Any] | None:
    """The report of one run: `run` and its `results`, failures first; None where there is no such run."""
    found = validation.run(connection, run_id)
    return None if found is None else {"run": found, "results": validation.results(connection, run_id)}
