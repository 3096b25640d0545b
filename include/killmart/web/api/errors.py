"""Errors as JSON: `{"detail": "a sentence"}`."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import JSONResponse, Response

from killmart.web.errors import ERROR_HEADERS, Failure

_SAID = {
    401: "Log in to Airflow, or send the token of KILLMART_API_TOKEN as `Authorization: Bearer …`.",
    403: "This Airflow user lacks the permission to read this.",
}
"""Instead of the framework's words."""
_HEADERS = ERROR_HEADERS | {405: {"Allow": "GET"}}


def as_json(request: Request, failure: Failure) -> Response:
    """What went wrong, as one text."""
    said = failure.said if failure.is_ours else _SAID.get(failure.status, failure.said)
    detail = failure.to_strangers or f"{said} {failure.hint}".rstrip()
    return JSONResponse({"detail": detail}, failure.status, headers=_HEADERS.get(failure.status))
