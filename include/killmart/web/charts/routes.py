"""All routes of the section "Charts"."""

from __future__ import annotations

from fastapi import APIRouter

from killmart.web.charts import battles, charts, search

router = APIRouter()
for part in (search, battles, charts):
    router.include_router(part.router)
