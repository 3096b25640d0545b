"""The one HTTP session builder: polite, cached where that is safe, with time-outs everywhere.

requests-cache, requests-ratelimiter and requests in one class; an answer from the cache costs no token of the rate.
Retries are outside of it (tenacity, in the sources), since a retry below it would pass the rate limit by.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CacheMixin
from requests_cache.backends.base import BaseCache
from requests_cache.backends.sqlite import SQLiteCache
from requests_cache.policy import DO_NOT_CACHE
from requests_ratelimiter import LimiterMixin

from killmart import __version__
from killmart.errors import UpstreamError

log = logging.getLogger(__name__)

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two bytes of an answer."""

TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})

FOREVER = timedelta(days=30)
"""Time to live of what never changes: as long as ESI itself says."""


class PoliteSession(CacheMixin, LimiterMixin, requests.Session):  # type: ignore[misc]
    """A requests session that keeps a rate, caches what it may, and never follows a redirect by itself."""

    def __init__(self, *, per_second: float, backend: BaseCache | None, expire_after: Any) -> None:
        super().__init__(
            per_second=per_second,
            limit_statuses=(),
            backend=backend or "memory",
            expire_after=expire_after,
            allowable_codes=(200,),
            stale_if_error=False,
        )

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request with our time-outs; answers of 3xx come back as they are."""
        kwargs.setdefault("timeout", TIMEOUT)
        kwargs["allow_redirects"] = False  # requests' own get() sets it
        response: requests.Response = super().request(method, url, *args, **kwargs)
        return response


def build_session(
    *,
    per_second: float,
    contact: str = "",
    cache_file: Path | None = None,
    expire_after: Any = DO_NOT_CACHE,
    connections: int = 8,
) -> PoliteSession:
    """A session for one upstream: `per_second` requests at most, `connections` at once, cached in `cache_file`.

    Without a file nothing is cached. `contact` goes into the User-Agent, as the upstreams ask.
    """
    backend = None
    if cache_file is not None:
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        backend = SQLiteCache(cache_file, wal=True, busy_timeout=60_000, fast_save=True)
    session = PoliteSession(per_second=per_second, backend=backend, expire_after=expire_after)
    session.headers["User-Agent"] = f"Killmart/{__version__} ({contact or 'no contact given'})"
    adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def shown(url: str) -> str:
    """A URL as it may stand in a log or an error: host and path, no query, no credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def unreachable(service: str, error: Exception) -> UpstreamError:
    """The error for an upstream that gave no answer at all."""
    return UpstreamError(
        f"{service} cannot be reached ({type(error).__name__}); what is staged stays, the next run tries again. "
        f"If it stays away, look at its connection in Airflow (Admin, Connections, {service})."
    )
