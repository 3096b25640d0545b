"""Errors in our own look: what is wrong and what to do, for people; never a trace."""

from __future__ import annotations

import logging

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

from killmart.db.engine import OutOfTimeError
from killmart.errors import ConfigurationError, KillmartError
from killmart.web.frame.render import frame_of
from killmart.web.threads import in_own_thread

log = logging.getLogger(__name__)

TITLES = {
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
SAID = {
    401: "These pages need your Airflow login, which is missing or has run out. Log in to Airflow, then come back.",
    403: "Your Airflow user may not see this page. Whoever manages the users here can allow it.",
    404: "There is no such page.",
    405: "There is no such page.",
}


RETRY_AFTER = {"Retry-After": "5"}
"""Header of every 503, in seconds."""


class Missing(Exception):
    """What the address names is not there; `what` and `hint` are whole sentences for people."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def add_error_pages(app: FastAPI) -> None:
    """Answer every error with a page of ours."""
    answers = {
        Missing: _missing,
        StarletteHTTPException: _http_error,
        RequestValidationError: _bad_request,
        OutOfTimeError: _given_up,
        KillmartError: _refused,
        SQLAlchemyError: _database,
        Exception: _bug,
    }
    for kind, handler in answers.items():
        app.add_exception_handler(kind, in_own_thread(handler))


def error_page(request: Request, status: int, said: str, hint: str = "", title: str = "") -> Response:
    """A page that says what went wrong; it needs no style sheet, which may be behind the login."""
    view = {"status": status, "title": title or TITLES.get(status, "Error"), "said": said, "hint": hint}
    return frame_of(request).error(request, view, status, RETRY_AFTER if status == 503 else {})


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, Missing)
    return error_page(request, 404, error.what, error.hint)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    is_ours = isinstance(error, HTTPException) and len(str(error.detail)) > 40
    said = str(error.detail) if is_ours else SAID.get(error.status_code, str(error.detail))
    return error_page(request, error.status_code, said)


def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = [f"“{problem['loc'][-1]}” is not as it should be: {problem['msg']}." for problem in error.errors()[:5]]
    return error_page(request, 422, " ".join(said), "Start again from the overview.")


def _refused(request: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, ConfigurationError) else 409
    return error_page(request, status, str(error))


def _given_up(request: Request, error: Exception) -> Response:
    log.warning("A page was given up: %s", error)
    if request.method == "POST":
        said, hint = "so this was given up.", "Go back and reload the page, which shows whether it was done."
    else:
        said, hint = "so the page was given up.", "Try again in a minute."
    return error_page(request, 503, f"The warehouse took too long to answer, {said}", hint)


def _database(request: Request, error: Exception) -> Response:
    log.warning("A page could not read the warehouse: %s", error)
    code = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
    if code is None or code.startswith(("08", "57", "53")):
        return error_page(
            request,
            503,
            "The warehouse (connection “warehouse”) cannot be reached.",
            "See whether PostgreSQL runs, then reload. The log of the api-server has the details.",
        )
    return error_page(
        request, 500, f"The warehouse refused a query of this page (SQLSTATE {code}).", "The api-server's log has it."
    )


def _bug(request: Request, error: Exception) -> Response:
    log.error("A page failed", exc_info=error)
    return error_page(request, 500, "This page failed; nothing was changed.", "The api-server's log says why.")
