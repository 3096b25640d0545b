"""A pace that one session keeps by itself, where none is shared."""

from __future__ import annotations

from requests.adapters import BaseAdapter
from requests_ratelimiter import LimiterMixin

from killmart.sources.transport.base import Transport


class Paced(LimiterMixin, Transport):  # type: ignore[misc]
    """Sends `per_second` requests to a host at most."""

    def __init__(self, inner: BaseAdapter, per_second: float) -> None:
        # What 420 and 429 mean is for the source to say, not for the rate limiter.
        super().__init__(per_second=per_second, limit_statuses=(), inner=inner)  # type: ignore[call-arg]
