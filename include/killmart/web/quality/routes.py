"""All routes of the section "Data quality"."""

from __future__ import annotations

from fastapi import APIRouter

from killmart.web.quality import batches, coverage, dag_run, expectations, killmails, overview, quarantine, runs, values

router = APIRouter()
for part in (overview, runs, dag_run, expectations, coverage, quarantine, batches, killmails, values):
    router.include_router(part.router)
