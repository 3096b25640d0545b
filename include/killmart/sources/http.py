"""What is said of answers that are not the ones hoped for, and of those that never came."""

from __future__ import annotations

from urllib.parse import urljoin

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError, SSLError

from killmart.errors import UpstreamError
from killmart.sources.transport.bound import OversizedAnswerError, beginning_of, size_of
from killmart.sources.transport.urls import origin

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def answered(service: str, response: requests.Response) -> str:
    """What an answer says that is not the one hoped for; one that leads to another host names it, and what to do."""
    said = f"answered {response.status_code}"
    here, there = (origin(url) for url in (response.url, urljoin(response.url, response.headers.get("Location", ""))))
    if response.status_code not in _REDIRECTS or there == here:
        return said
    where = f"host ({there[1]})" if there[1] != here[1] else f"address ({there[0]}://{there[1]})"
    return (
        f"{said} and leads to another {where}, where Killmart does not follow; if it has moved there, change the "
        f"connection {service} (Airflow: Admin, Connections, {service}; command line: AIRFLOW_CONN_{service.upper()})"
    )


def what_came(response: requests.Response) -> str:
    """Status, kind, size and first bytes of an answer that is not what was asked for."""
    kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
    return (
        f"answered {response.status_code} with {size_of(response)} bytes of {kind[:60]}, "
        f"beginning with {beginning_of(response, 40)!r}"
    )


def unreachable(service: str, error: Exception) -> UpstreamError:
    """The error for an upstream that gave no answer, or one beyond all bounds."""
    if isinstance(error, OversizedAnswerError):
        return UpstreamError(
            f"{service} answers, but not as it should: {error}, and was cut off. What is here stays, the next run "
            "tries again."
        )
    return UpstreamError(
        f"{service} cannot be reached ({type(error).__name__}); what is staged stays, the next run tries again. "
        f"If it stays away, look at its connection in Airflow (Admin, Connections, {service})."
    )


def what_failed(error: requests.RequestException) -> str:
    """In some words why a request has no answer of use: one beyond all bounds says so itself."""
    return str(error) if isinstance(error, OversizedAnswerError) else type(error).__name__


def was_sent(error: requests.RequestException) -> bool:
    """Whether the upstream may have had the request, though no answer came; not where nobody could be reached."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return not isinstance(cause, NewConnectionError | ConnectTimeoutError | ProxyError | SSLError)
