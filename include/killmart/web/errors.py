"""What went wrong, in words: one mapping for pages, API and metrics, each of which puts it in its own form."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

from killmart.db.engine import OutOfTimeError
from killmart.db.revisions import RevisionError
from killmart.errors import ConfigurationError, KillmartError
from killmart.web.threads import in_own_thread

log = logging.getLogger(__name__)

ERROR_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
"""What HTTP wants beside some errors, whatever their form; seconds."""
_SENTENCE = 40
"""A detail of this length on is a sentence of ours; shorter ones are the framework's words."""
_LOGGED = "The api-server's log has the details."


class Missing(Exception):
    """What the address names is not there; `what` and `hint` are whole sentences for people."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class Refused(Exception):
    """What was asked for makes no sense together; the message is a whole sentence. Answered with 400."""


@dataclass(frozen=True)
class Failure:
    """Why a request is not answered: what is wrong, and what to do, in whole sentences; never a trace."""

    status: int
    said: str
    hint: str = ""
    title: str = ""
    """Above a page; by the status where it is empty."""
    to_strangers: str = ""
    """Instead of what was said, for who has no login: that is for those who run this."""
    is_ours: bool = True
    """Whether what was said is a sentence of ours, and not the framework's words."""


Tell = Callable[[Request, Failure], Response]


def add_errors(app: FastAPI, tell: Tell) -> None:
    """Answer every error in a form of ours."""

    def answer(request: Request, error: Exception) -> Response:
        return tell(request, failure_of(request, error))

    for kind in (
        Missing,
        Refused,
        StarletteHTTPException,
        RequestValidationError,
        KillmartError,
        SQLAlchemyError,
        Exception,
    ):
        app.add_exception_handler(kind, in_own_thread(answer))


def failure_of(request: Request, error: Exception) -> Failure:
    """What an error means to who asked; what they cannot mend is logged."""
    if isinstance(error, Missing):
        return Failure(404, error.what, error.hint)
    if isinstance(error, Refused):
        return Failure(400, str(error))
    if isinstance(error, StarletteHTTPException):
        said = str(error.detail)
        return Failure(error.status_code, said, is_ours=isinstance(error, HTTPException) and len(said) > _SENTENCE)
    if isinstance(error, RequestValidationError):
        said = " ".join(f"“{one['loc'][-1]}” is not as it should be: {one['msg']}." for one in error.errors()[:5])
        return Failure(422, said)
    return _unanswered(request, error)


def _unanswered(request: Request, error: Exception) -> Failure:
    is_reading = request.method != "POST"
    if not isinstance(error, KillmartError | SQLAlchemyError):
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return Failure(500, "This failed; nothing was changed.", _LOGGED)
    if isinstance(error, SQLAlchemyError) or is_reading:
        log.warning("%s %s was not answered: %s", request.method, request.url.path, error)
    if isinstance(error, OutOfTimeError):
        hint = (
            "Try again in a minute, for fewer days or a smaller page."
            if is_reading
            else "Go back and reload the page, which shows whether it was done."
        )
        return Failure(503, "The warehouse took too long to answer, so this was given up.", hint)
    if isinstance(error, ConfigurationError | RevisionError):
        return Failure(503, str(error), to_strangers=f"The warehouse is not configured. {_LOGGED}")
    if isinstance(error, KillmartError):
        return Failure(500 if is_reading else 409, str(error), to_strangers=f"This failed. {_LOGGED}")
    return _of_database(error)


def _of_database(error: Exception) -> Failure:
    code = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
    if code is None or code.startswith(("08", "57", "53")):
        return Failure(
            503,
            "The warehouse (connection “warehouse”) cannot be reached.",
            f"See whether PostgreSQL runs, then ask again. {_LOGGED}",
        )
    return Failure(500, f"The warehouse refused the query (SQLSTATE {code}).", _LOGGED)
