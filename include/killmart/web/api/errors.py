"""Errors as JSON: `{"detail": "a sentence"}`, never a trace."""

from __future__ import annotations

import logging

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, Response

from killmart.db.engine import OutOfTimeError
from killmart.errors import ConfigurationError, KillmartError
from killmart.web.frame.errors import RETRY_AFTER, Missing
from killmart.web.threads import in_own_thread

log = logging.getLogger(__name__)

SAID = {
    401: "Log in to Airflow, or send the token of KILLMART_API_TOKEN as `Authorization: Bearer …`.",
    403: "What came with the request may not read this: the token is wrong, or the Airflow user lacks the permission.",
}
_SENTENCE = 40
"""A detail of this length on is a sentence of ours; shorter ones are the framework's words."""


class Refused(Exception):
    """What was asked for makes no sense together; the message is a whole sentence. Answered with 400."""


def add_json_errors(app: FastAPI) -> None:
    """Answer every error with a JSON object that says what is wrong."""
    answers = {
        Refused: _refused,
        Missing: _missing,
        StarletteHTTPException: _http_error,
        RequestValidationError: _bad_request,
        OutOfTimeError: _given_up,
        KillmartError: _unready,
        SQLAlchemyError: _database,
        Exception: _bug,
    }
    for kind, handler in answers.items():
        app.add_exception_handler(kind, in_own_thread(handler))


_ALWAYS = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "GET"}, 503: RETRY_AFTER}
"""What HTTP wants beside some errors."""


def json_error(status: int, said: str) -> Response:
    """The answer to what went wrong."""
    return JSONResponse({"detail": said}, status, headers=_ALWAYS.get(status))


def _refused(request: Request, error: Exception) -> Response:
    return json_error(400, str(error))


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, Missing)
    return json_error(404, error.what)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    is_ours = isinstance(error, HTTPException) and len(str(error.detail)) > _SENTENCE
    said = str(error.detail)
    return json_error(error.status_code, said if is_ours else SAID.get(error.status_code, said))


def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [f"“{problem['loc'][-1]}” is not as it should be: {problem['msg']}." for problem in error.errors()[:3]]
    return json_error(422, " ".join(problems))


def _unready(request: Request, error: Exception) -> Response:
    log.warning("The API could not answer: %s", error)
    if isinstance(error, ConfigurationError):  # what it names is for who runs this, not for who asks
        return json_error(503, "The warehouse is not configured; the api-server's log has the details.")
    return json_error(500, "This failed; the api-server's log says why.")


def _given_up(request: Request, error: Exception) -> Response:
    log.warning("An answer of the API was given up: %s", error)
    return json_error(503, "The warehouse took too long to answer: ask for fewer days or a smaller page, or try again.")


def _database(request: Request, error: Exception) -> Response:
    log.warning("The API could not read the warehouse: %s", error)
    code = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
    if code is None or code.startswith(("08", "57", "53")):
        return json_error(503, "The warehouse cannot be reached; the api-server's log has the details.")
    return json_error(500, f"The warehouse refused the query (SQLSTATE {code}); the api-server's log has the details.")


def _bug(request: Request, error: Exception) -> Response:
    log.error("The API failed", exc_info=error)
    return json_error(500, "This failed; the api-server's log says why.")
