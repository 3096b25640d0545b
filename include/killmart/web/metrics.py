"""`/metrics` for Prometheus: behind the login like every page, or by the bearer token of KILLMART_METRICS_TOKEN."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from killmart.web.frame.warehouse import warehouse

router = APIRouter()

METRICS = "/metrics"


@router.get(METRICS)
def metrics(request: Request) -> Response:
    """All metrics of this moment in Prometheus' text format, with the content type that it wants."""
    from killmart.watch.prometheus import CONTENT_TYPE, exposition

    with warehouse(request) as connection:
        return Response(exposition(connection), headers={"Content-Type": CONTENT_TYPE})
