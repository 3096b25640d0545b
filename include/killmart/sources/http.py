"""The one HTTP session builder: polite, cached where that is safe, bounded in size and time, every request counted.

requests-ratelimiter over requests, and requests-cache over both where answers may be kept at all: where nothing is,
working out the keys of a cache would be most of what a request costs.
Retries are outside of it (`sources.retry`), since a retry below it would pass the rate limit by.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CacheMixin
from requests_ratelimiter import LimiterMixin

from killmart import __version__
from killmart.errors import UpstreamError
from killmart.sources.cache import DiskCache
from killmart.sources.counting import RequestCounter
from killmart.sources.deadline import WATCHED_POOLS, Deadline

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two bytes of an answer."""
LONGEST_ANSWER = 120.0
"""Seconds that one answer may take in all, however steadily it dribbles."""
LARGEST_ANSWER = 20 * 1024 * 1024
"""Bytes of one answer after decompression; more is no killmail, but a mistake or an attack."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})

logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # at DEBUG it tells proxies and the queueID

FOREVER = timedelta(days=30)
"""Time to live of what never changes: as long as ESI itself says."""


class OversizedAnswerError(requests.RequestException):
    """An answer was larger, or took longer, than any real one."""


class PoliteSession(LimiterMixin, requests.Session):  # type: ignore[misc]
    """A requests session that keeps a rate, counts what it sends, and never follows a redirect by itself."""

    counter: RequestCounter
    on_wire: Callable[[Callable[[], requests.Response]], requests.Response] | None = None
    """Called with each request to be sent, in place of sending it; returns or raises what is to come of it."""

    def __init__(self, per_second: float) -> None:
        # What 420 and 429 mean is for the source to say, not for the rate limiter.
        super().__init__(per_second=per_second, limit_statuses=())  # type: ignore[call-arg]  # LimiterMixin's

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request with our time-outs; answers of 3xx come back as they are."""
        kwargs.setdefault("timeout", TIMEOUT)
        kwargs["allow_redirects"] = False  # requests' own get() sets it
        url, credentials = _without_credentials(url)
        if credentials is not None:
            kwargs["auth"] = credentials
        response: requests.Response = super().request(method, url, *args, **kwargs)
        return response

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        send = partial(super().send, request, **kwargs)
        return send() if self.on_wire is None else self.on_wire(send)


class CachingSession(CacheMixin, PoliteSession):  # type: ignore[misc]
    """The same with a cache above it: an answer from there goes over no wire, and takes nothing from the rate."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request, or answer it from the cache; `force_refresh` passes the cache by."""
        response: requests.Response = super().request(method, url, *args, **kwargs)
        if getattr(response, "from_cache", False):
            self.counter.hit(url, response.status_code)
        return response


class _BoundedAdapter(HTTPAdapter):
    """Reads each answer whole within its bounds, and counts the request."""

    def __init__(self, counter: RequestCounter, connections: int, largest: int, longest: float) -> None:
        super().__init__(pool_connections=connections, pool_maxsize=connections)
        self._counter = counter
        self._largest = largest
        self._longest = longest

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.poolmanager.pool_classes_by_scheme = WATCHED_POOLS  # type: ignore[attr-defined]

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)  # type: ignore[no-untyped-call]
        manager.pool_classes_by_scheme = WATCHED_POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        started = time.monotonic()
        status = size = 0
        kwargs["stream"] = True
        with Deadline(self._longest) as deadline:
            try:
                response = super().send(request, *args, **kwargs)
                status = response.status_code
                content = self._read(response)
                size = len(content)
            except OversizedAnswerError:
                raise
            except BaseException as error:
                if deadline.is_over:
                    raise self._too_much(request.url) from error
                status = 0  # an answer that broke off is none
                raise
            finally:
                self._counter.sent(request.url or "", status, time.monotonic() - started, size)
        if deadline.is_over:  # an answer without a length just ends where it is cut
            raise self._too_much(request.url)
        response._content = content  # what requests itself sets when it has read an answer
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _read(self, response: requests.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(64 * 1024):
            size += len(part)
            if size > self._largest:
                response.close()
                raise self._too_much(response.url)
            parts.append(part)
        return b"".join(parts)

    def _too_much(self, url: str | None) -> OversizedAnswerError:
        bounds = f"{self._largest} bytes or took over {self._longest:g} s"
        return OversizedAnswerError(f"{shown(url or '')} sent more than {bounds}")


def build_session(
    service: str,
    base_url: str,
    *,
    per_second: float,
    contact: str = "",
    connections: int = 8,
    largest: int = LARGEST_ANSWER,
    longest: float | None = None,
) -> PoliteSession:
    """A session for one upstream, which caches nothing: `per_second` requests at most, `connections` at once.

    `contact` goes into the User-Agent, as the upstreams ask. An answer may have `largest` bytes and take `longest`
    seconds (LONGEST_ANSWER). `session.counter` has the requests made.
    """
    session = PoliteSession(per_second)
    _equip(session, service, base_url, contact, connections, largest, longest)
    return session


def build_caching_session(
    service: str,
    base_url: str,
    *,
    per_second: float,
    cache_file: Path,
    expire_after: timedelta,
    cacheable: Callable[[requests.Response], bool],
    contact: str = "",
    connections: int = 8,
) -> CachingSession:
    """The same with answers kept in `cache_file` for `expire_after`, where `cacheable` says that they may be."""
    session = CachingSession(
        per_second=per_second,
        backend=DiskCache(cache_file),
        expire_after=expire_after,
        allowable_codes=(200,),
        filter_fn=cacheable,
    )
    _equip(session, service, base_url, contact, connections)
    return session


def _equip(
    session: PoliteSession,
    service: str,
    base_url: str,
    contact: str,
    connections: int,
    largest: int = LARGEST_ANSWER,
    longest: float | None = None,
) -> None:
    """Give a session its name, its counter and its bounds."""
    session.counter = RequestCounter(service, base_url)
    session.headers["User-Agent"] = f"Killmart/{__version__} ({contact or 'no contact given'})"
    adapter = _BoundedAdapter(session.counter, connections, largest, longest or LONGEST_ANSWER)
    session.mount("http://", adapter)
    session.mount("https://", adapter)


def _without_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL as the libraries below may log it, and (user, password) where it had them."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def shown(url: str) -> str:
    """A URL as it may stand in a log or an error: host and path, no query, no credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def answered(service: str, response: requests.Response) -> str:
    """What an answer says that is not the one hoped for; one that leads to another host names it, and what to do."""
    said = f"answered {response.status_code}"
    here, there = (_origin(url) for url in (response.url, urljoin(response.url, response.headers.get("Location", ""))))
    if response.status_code not in _REDIRECTS or there == here:
        return said
    where = f"host ({there[1]})" if there[1] != here[1] else f"address ({there[0]}://{there[1]})"
    return (
        f"{said} and leads to another {where}, where Killmart does not follow; if it has moved there, change the "
        f"connection {service} (Airflow: Admin, Connections, {service}; command line: AIRFLOW_CONN_{service.upper()})"
    )


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host of a URL, with its port and without credentials."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


def what_came(response: requests.Response) -> str:
    """Status, kind, size and first bytes of an answer that is not what was asked for."""
    kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
    return (
        f"answered {response.status_code} with {len(response.content)} bytes of {kind[:60]}, "
        f"beginning with {response.content[:40]!r}"
    )


def unreachable(service: str, error: Exception) -> UpstreamError:
    """The error for an upstream that gave no answer at all."""
    return UpstreamError(
        f"{service} cannot be reached ({type(error).__name__}); what is staged stays, the next run tries again. "
        f"If it stays away, look at its connection in Airflow (Admin, Connections, {service})."
    )
