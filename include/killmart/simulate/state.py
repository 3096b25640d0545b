"""What one simulator knows while it runs: its kills, its queues, its bucket and every request it served."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from killmart.simulate.bodies import BodyFiles
from killmart.simulate.bucket import TokenBucket
from killmart.simulate.config import SimulatorConfig
from killmart.simulate.feed import Feed
from killmart.simulate.kill import Catalogue
from killmart.simulate.queues import Queue, Queues, RateMeter
from killmart.simulate.universe import UniverseCatalogue

CONTROL = "_sim"
KEPT_REQUESTS = 200_000


class Served(NamedTuple):
    """One request that got an answer."""

    at: float
    """Monotonic seconds."""
    service: str
    """`redisq`, `esi`, …: the first part of the path."""
    route: str
    """The route below it, with its parameters unfilled."""
    status: int
    """0 where the connection ended without an answer."""


class SimulatorState:
    """Everything that lasts longer than one request; the routers and the tests share it."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.catalogue: Catalogue = BodyFiles(config) if config.bodies else UniverseCatalogue(config)
        self.feed = Feed(self.catalogue, config.trickle, config.now)
        self.queues = Queues(self.feed, config.monotonic)
        self.bucket = TokenBucket(config.esi_tokens, config.esi_window_seconds, config.monotonic)
        self.esi_fetches: Counter[int] = Counter()
        """killmail_id: how often its body went over the wire."""
        self.requests: deque[Served] = deque(maxlen=KEPT_REQUESTS)
        """The latest requests, the control routes excepted."""
        self.counts: Counter[tuple[str, str, int]] = Counter()
        """(service, route, status): requests since the start."""
        self.rates: dict[str, RateMeter] = {}
        """Peak rate of each service."""
        self.stopping = False
        """Set when the server is to end: long polls give up at once."""

    def record(self, service: str, route: str, status: int) -> None:
        """Note a request answered now."""
        at = self.config.monotonic()
        self.requests.append(Served(at, service, route, status))
        self.counts[service, route, status] += 1
        self.rates.setdefault(service, RateMeter()).note(at)

    def status(self) -> dict[str, Any]:
        """What `/_sim/status` says, as plain JSON values."""
        requests: dict[str, dict[str, int]] = {}
        for (service, route, status), count in sorted(self.counts.items()):
            requests.setdefault(service, {})[f"{route} {status}"] = count
        return {
            "serves": self.catalogue.describe(),
            "first_load": self.feed.first_load,
            "first_load_left": self.queues.first_load_left(),
            "feed": len(self.feed.ids),
            "requests": requests,
            "requests_per_second_max": {service: meter.peak for service, meter in self.rates.items()},
            "queues": {queue_id: _counters(queue) for queue_id, queue in self.queues.queues.items()},
            "esi": {
                "tokens": self.bucket.tokens,
                "remaining": self.bucket.remaining,
                "bodies": len(self.esi_fetches),
                "bodies_again": self.esi_fetches.total() - len(self.esi_fetches),
            },
        }


def _counters(queue: Queue) -> dict[str, Any]:
    return {
        "popped": queue.popped,
        "delivered": queue.delivered,
        "fetched_again": queue.fetched_again,
        "filtered": queue.filtered,
        "never_fetched": queue.unfetched,
        "refused": queue.refused,
        "in_flight": queue.in_flight,
        "in_flight_max": queue.in_flight_max,
        "requests_per_second_max": queue.rate.peak,
    }


class Recorder:
    """ASGI middleware, the outermost: notes every request with the status that really went out."""

    def __init__(self, app: ASGIApp, state: SimulatorState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, _, rest = str(scope.get("path", "")).strip("/").partition("/")
        if scope["type"] != "http" or service == CONTROL:
            await self._app(scope, receive, send)
            return
        answered = False

        def record(status: int) -> None:
            nonlocal answered
            if not answered:
                answered = True
                route = getattr(scope.get("route"), "path", f"/{service}/{rest}")
                self._state.record(service, route.removeprefix(f"/{service}"), status)

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                record(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_recorded)
        finally:
            record(0)
