"""`/metrics` for Prometheus: behind the login like every page, or by the bearer token of KILLMART_METRICS_TOKEN."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from killmart.web.errors import ERROR_HEADERS, Failure
from killmart.web.frame.warehouse import warehouse

router = APIRouter()

METRICS = "/metrics"
_SAID = {
    401: "Log in to Airflow, or send the token of KILLMART_METRICS_TOKEN as `Authorization: Bearer …`.",
    403: "This Airflow user may not see this page.",
}
"""Instead of the framework's words."""


@router.get(METRICS)
def metrics(request: Request) -> Response:
    """All metrics of this moment in Prometheus' text format, with the content type that it wants."""
    from killmart.watch.prometheus import CONTENT_TYPE, exposition

    with warehouse(request) as connection:
        return Response(exposition(connection), headers={"Content-Type": CONTENT_TYPE})


def as_text(request: Request, failure: Failure) -> Response:
    """What went wrong, as a line."""
    said = failure.said if failure.is_ours else _SAID.get(failure.status, failure.said)
    return PlainTextResponse(
        f"{failure.to_strangers or said}\n", failure.status, headers=ERROR_HEADERS.get(failure.status)
    )
