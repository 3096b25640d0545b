"""Counts requests as they happen; the stages store the counts with the work that they were made for."""

from __future__ import annotations

import re
import threading
import time
from bisect import bisect_left
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from killmart.model.request_stats import LATENCY_BOUNDS, RequestCount
from killmart.sources.transport.base import Transport
from killmart.sources.transport.bound import size_of

_HASH = re.compile(r"/[0-9a-f]{40}(?=/|$)")
_NUMBER = re.compile(r"(?<=[/-])\d[\d-]*(?=[/.]|$)")


class RequestCounter:
    """Counts of one service, thread-safe; `base_url` is left out of its routes."""

    def __init__(self, service: str, base_url: str) -> None:
        self._service = service
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._counts: dict[tuple[datetime, str, int], RequestCount] = {}
        self._lock = threading.Lock()

    def sent(self, url: str, status: int, seconds: float, size: int) -> None:
        """Note one request that went over the wire; status 0 is no answer."""
        with self._lock:
            count = self._count(url, status)
            count.requests += 1
            count.seconds += seconds
            count.latency_buckets[bisect_left(LATENCY_BOUNDS, seconds)] += 1
            count.bytes += size

    def hit(self, url: str, status: int) -> None:
        """Note one answer that came from the cache."""
        with self._lock:
            self._count(url, status).cache_hits += 1

    def take(self) -> list[RequestCount]:
        """The counts since the last call."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return list(counts.values())

    def _count(self, url: str, status: int) -> RequestCount:
        at = datetime.now(UTC).replace(second=0, microsecond=0)
        route = self._route(url)
        key = (at, route, status)
        if key not in self._counts:
            self._counts[key] = RequestCount(at, self._service, route, status)
        return self._counts[key]

    def _route(self, url: str) -> str:
        """The path with ids and hashes left out: `/killmails/{id}/{hash}`."""
        path = urlsplit(url).path.removeprefix(self._prefix)
        return _NUMBER.sub("{id}", _HASH.sub("/{hash}", path)) or "/"


class Counted(Transport):
    """Counts each request; an answer that broke off is none (status 0), one beyond its bounds is one of no bytes."""

    def __init__(self, inner: BaseAdapter, counter: RequestCounter) -> None:
        super().__init__(inner)
        self._counter = counter

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        started = time.monotonic()
        status = size = 0
        try:
            response = super().send(request, *args, **kwargs)
            status, size = response.status_code, size_of(response)
        except requests.RequestException as error:
            status = 0 if error.response is None else error.response.status_code
            raise
        finally:
            self._counter.sent(request.url or "", status, time.monotonic() - started, size)
        return response
