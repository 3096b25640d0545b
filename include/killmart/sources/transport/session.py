"""The one way to have an HTTP session: polite, cached where that is safe, bounded in size and time, counted.

A request goes through the transports in this order: the manners that workers share (places, pause, pace, budget), or
a pace of the session's own; the count; the bounds; the wire. The cache is above them all (requests-cache, which works
out keys even where nothing is kept, so that a session without has none), retries are outside of it
(`sources.retry`), since a retry below would pass the pace by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import requests
from requests.adapters import BaseAdapter
from requests_cache import CacheMixin

from killmart import __version__
from killmart.sources.transport.base import Manner, Mannerly
from killmart.sources.transport.bound import LARGEST_ANSWER, LONGEST_ANSWER, Bounded, Spool
from killmart.sources.transport.cache import DiskCache
from killmart.sources.transport.count import Counted, RequestCounter
from killmart.sources.transport.pace import Paced
from killmart.sources.transport.urls import without_credentials
from killmart.sources.transport.wire import Wire

FOREVER = timedelta(days=30)
"""Time to live of what never changes: as long as ESI itself says."""


class Cache(NamedTuple):
    """Where answers are kept, for how long, and which of them may be."""

    file: Path
    expire_after: timedelta
    may_keep: Callable[[requests.Response], bool]


class PoliteSession(requests.Session):
    """A requests session that never follows a redirect by itself; `counter` has the requests made."""

    counter: RequestCounter

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request; answers of 3xx come back as they are."""
        kwargs["allow_redirects"] = False  # requests' own get() sets it
        url, credentials = without_credentials(url)
        if credentials is not None:
            kwargs["auth"] = credentials
        response: requests.Response = super().request(method, url, *args, **kwargs)
        return response


class CachingSession(CacheMixin, PoliteSession):  # type: ignore[misc]
    """The same with a cache above it: an answer from there goes over no wire, and takes nothing from pace or budget."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request, or answer it from the cache; `force_refresh` passes the cache by."""
        response: requests.Response = super().request(method, url, *args, **kwargs)
        if getattr(response, "from_cache", False):
            self.counter.hit(url, response.status_code)
        return response


def build_session(
    service: str,
    base_url: str,
    *,
    per_second: float | None = None,
    manners: Sequence[Manner] = (),
    contact: str = "",
    connections: int = 8,
    longest: float = LONGEST_ANSWER,
    largest: int = LARGEST_ANSWER,
    spool: Spool | None = None,
    cache: Cache | None = None,
) -> PoliteSession:
    """A session for one upstream: `per_second` requests at most, `connections` at once; the first manner is outermost.

    `contact` goes into the User-Agent, as the upstreams ask. An answer may have `largest` bytes, or what `spool`
    says, and take `longest` seconds. With a `cache` it is a CachingSession.
    """
    session = PoliteSession() if cache is None else _caching(cache)
    session.counter = RequestCounter(service, base_url)
    session.headers["User-Agent"] = f"Killmart/{__version__} ({contact or 'no contact given'})"
    transport: BaseAdapter = Counted(Bounded(Wire(connections), longest, largest, spool), session.counter)
    if per_second is not None:
        transport = Paced(transport, per_second)
    for manner in reversed(manners):
        transport = Mannerly(transport, manner)
    session.mount("http://", transport)
    session.mount("https://", transport)
    return session


def _caching(cache: Cache) -> CachingSession:
    return CachingSession(
        backend=DiskCache(cache.file),
        expire_after=cache.expire_after,
        allowable_codes=(200,),
        filter_fn=cache.may_keep,
    )
