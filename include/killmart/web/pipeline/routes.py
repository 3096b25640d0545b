"""All routes of the section "Pipeline"."""

from __future__ import annotations

from fastapi import APIRouter

from killmart.web.pipeline import alerts, overview, runbook

router = APIRouter()
for part in (overview, alerts, runbook):
    router.include_router(part.router)
