"""The one HTTP session builder: polite, cached where that is safe, bounded in size and time, every request counted.

requests-ratelimiter over requests, and requests-cache over both where answers may be kept at all: where nothing is,
working out the keys of a cache would be most of what a request costs.
Retries are outside of it (`sources.retry`), since a retry below it would pass the rate limit by.
"""

from __future__ import annotations

import io
import logging
import math
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CacheMixin
from requests_ratelimiter import LimiterMixin
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError, SSLError

from killmart import __version__
from killmart.deadline import Deadline
from killmart.errors import UpstreamError
from killmart.sources.bounds import unnamed_file
from killmart.sources.cache import DiskCache
from killmart.sources.counting import RequestCounter
from killmart.sources.deadline import WATCHED_POOLS

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two bytes of an answer."""
LONGEST_ANSWER = 120.0
"""Seconds that one answer may take in all, however steadily it dribbles."""
LARGEST_ANSWER = 20 * 1024 * 1024
"""Bytes of one answer after decompression; more is no killmail, but a mistake or an attack."""

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504, *range(520, 528)})
"""What a second request may find mended; from 520 on Cloudflare's own, of a server that it cannot reach."""

logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # at DEBUG it tells proxies and the queueID

FOREVER = timedelta(days=30)
"""Time to live of what never changes: as long as ESI itself says."""


class OversizedAnswerError(requests.RequestException):
    """An answer was larger, or took longer, than any real one."""


class Spool(NamedTuple):
    """Where answers that are asked for with `stream=True` are put down, and how many bytes they may have.

    Such an answer is here, whole and checked, before it is handed out; `response.raw` is a file at its beginning.
    """

    folder: Path
    largest: int


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

    def __init__(self, counter: RequestCounter, connections: int, longest: float, spool: Spool | None) -> None:
        super().__init__(pool_connections=connections, pool_maxsize=connections)
        self._counter = counter
        self._longest = longest
        self._spool = spool

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
        is_to_be_spooled = self._spool is not None and bool(kwargs.get("stream"))
        kwargs["stream"] = True
        with Deadline(self._longest) as deadline:
            try:
                response = super().send(request, *args, **kwargs)
                status = response.status_code
                spool = self._spool if is_to_be_spooled and status in (200, 206) else None
                size = self._take(response, spool)
            except OversizedAnswerError:
                raise
            except BaseException as error:
                if deadline.is_over:
                    raise self._too_slow(request.url) from error
                status = 0  # an answer that broke off is none
                raise
            finally:
                self._counter.sent(request.url or "", status, time.monotonic() - started, size)
        if deadline.is_over:  # an answer without a length just ends where it is cut
            raise self._too_slow(request.url)
        return response

    def _take(self, response: requests.Response, spool: Spool | None) -> int:
        """Read an answer whole, into memory or into a file; returns its bytes."""
        if spool is None:
            content = io.BytesIO()
            size = _copy(response, content, LARGEST_ANSWER)
            response._content = content.getvalue()  # what requests itself sets when it has read an answer
            response._content_consumed = True  # type: ignore[attr-defined]
            return size
        file = unnamed_file(spool.folder)
        try:
            size = _copy(response, file, min(spool.largest, _asked_of(response)))
            file.seek(0)
        except BaseException:
            file.close()
            raise
        response.raw = file
        return size

    def _too_slow(self, url: str | None) -> OversizedAnswerError:
        return OversizedAnswerError(f"{shown(url or '')} was still sending after {self._longest:g} s")


def _asked_of(response: requests.Response) -> float:
    """How many bytes an answer that is a piece may have: those of the range that was asked for."""
    found = _RANGE.fullmatch(response.request.headers.get("Range", ""))
    return math.inf if found is None or response.status_code != 206 else int(found[2]) - int(found[1]) + 1


def _copy(response: requests.Response, target: BinaryIO, largest: float) -> int:
    """Copy the body of an answer, and of what announces itself as too large nothing; returns its bytes."""
    length = response.headers.get("Content-Length", "")[:18]
    announced = int(length) if length.isdecimal() and response.request.method != "HEAD" else 0
    if announced > largest:
        response.close()
        raise OversizedAnswerError(f"{shown(response.url)} announced {announced:,} bytes, more than {largest:,}")
    size = 0
    for part in response.iter_content(64 * 1024):
        size += len(part)
        if size > largest:
            response.close()
            raise OversizedAnswerError(f"{shown(response.url)} sent more than {largest:,} bytes")
        target.write(part)
    return size


def build_session(
    service: str,
    base_url: str,
    *,
    per_second: float,
    contact: str = "",
    connections: int = 8,
    longest: float | None = None,
    spool: Spool | None = None,
) -> PoliteSession:
    """A session for one upstream, which caches nothing: `per_second` requests at most, `connections` at once.

    `contact` goes into the User-Agent, as the upstreams ask. An answer may have LARGEST_ANSWER bytes, or what `spool`
    says, and take `longest` seconds (LONGEST_ANSWER). `session.counter` has the requests made.
    """
    session = PoliteSession(per_second)
    _equip(session, service, base_url, contact, connections, longest, spool)
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
    longest: float | None = None,
    spool: Spool | None = None,
) -> None:
    """Give a session its name, its counter and its bounds."""
    session.counter = RequestCounter(service, base_url)
    session.headers["User-Agent"] = f"Killmart/{__version__} ({contact or 'no contact given'})"
    adapter = _BoundedAdapter(session.counter, connections, longest or LONGEST_ANSWER, spool)
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
        f"answered {response.status_code} with {size_of(response)} bytes of {kind[:60]}, "
        f"beginning with {beginning_of(response, 40)!r}"
    )


def size_of(response: requests.Response) -> int:
    """Bytes of an answer, be it in memory or in a file."""
    if not _is_spooled(response):
        return len(response.content)
    size = response.raw.seek(0, io.SEEK_END)
    response.raw.seek(0)
    return int(size)


def beginning_of(response: requests.Response, size: int) -> bytes:
    """The first `size` bytes of an answer, be it in memory or in a file."""
    if not _is_spooled(response):
        return response.content[:size]
    found: bytes = response.raw.read(size)
    response.raw.seek(0)
    return found


def _is_spooled(response: requests.Response) -> bool:
    return not isinstance(response._content, bytes)  # as requests has it while an answer is not in memory


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
