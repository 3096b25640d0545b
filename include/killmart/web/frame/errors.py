"""Errors as pages in our own look."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from killmart.web.errors import ERROR_HEADERS, Failure
from killmart.web.frame.render import frame_of

_TITLES = {
    400: "This address cannot be right",
    401: "Please log in",
    403: "Not allowed",
    404: "Not found",
    405: "Not found",
    408: "Not done",
    409: "Not done",
    413: "Not done",
    422: "This address cannot be right",
    500: "Something broke",
    503: "The warehouse does not answer",
}
_SAID = {
    401: "These pages need your Airflow login, which is missing or has run out. Log in to Airflow, then come back.",
    403: "Your Airflow user may not see this page. Whoever manages the users here can allow it.",
    404: "There is no such page.",
    405: "There is no such page.",
}
"""Instead of the framework's words."""
_HINTS = {422: "Start again from the overview."}


def as_page(request: Request, failure: Failure) -> Response:
    """A page that says what went wrong; it needs no style sheet, which may be behind the login."""
    status = failure.status
    view = {
        "status": status,
        "title": failure.title or _TITLES.get(status, "Error"),
        "said": failure.said if failure.is_ours else _SAID.get(status, failure.said),
        "hint": failure.hint or _HINTS.get(status, ""),
    }
    return frame_of(request).error(request, view, status, ERROR_HEADERS.get(status, {}))
