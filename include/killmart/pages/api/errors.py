"""Errors as JSON: `{"detail": "a sentence"}`, never a trace."""

from __future__ import annotations

import logging

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, Response

from killmart.errors import ConfigurationError, KillmartError
from killmart.pages.frame.errors import Missing

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
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Missing, _missing)
    app.add_exception_handler(StarletteHTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(KillmartError, _unready)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(Exception, _bug)


_ALWAYS = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "GET"}}
"""What HTTP wants beside some errors."""


def _told(status: int, said: str) -> Response:
    return JSONResponse({"detail": said}, status, headers=_ALWAYS.get(status))


def _refused(request: Request, error: Exception) -> Response:
    return _told(400, str(error))


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, Missing)
    return _told(404, error.what)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    is_ours = isinstance(error, HTTPException) and len(str(error.detail)) > _SENTENCE
    return _told(error.status_code, str(error.detail) if is_ours else SAID.get(error.status_code, str(error.detail)))


def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [f"“{problem['loc'][-1]}” is not as it should be: {problem['msg']}." for problem in error.errors()[:3]]
    return _told(422, " ".join(problems))


def _unready(request: Request, error: Exception) -> Response:
    log.warning("The API could not answer: %s", error)
    if isinstance(error, ConfigurationError):  # what it names is for who runs this, not for who asks
        return _told(503, "The warehouse is not configured; the api-server's log has the details.")
    return _told(500, "This failed; the api-server's log says why.")


def _database(request: Request, error: Exception) -> Response:
    log.warning("The API could not read the warehouse: %s", error)
    code = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
    if code == "57014":
        return _told(503, "The warehouse took too long to answer: ask for fewer days or a smaller page, or try again.")
    if code is None or code.startswith(("08", "57", "53")):
        return _told(503, "The warehouse cannot be reached; the api-server's log has the details.")
    return _told(500, f"The warehouse refused the query (SQLSTATE {code}); the api-server's log has the details.")


def _bug(request: Request, error: Exception) -> Response:
    log.error("The API failed", exc_info=error)
    return _told(500, "This failed; the api-server's log says why.")
