"""What one simulator knows while it runs: its kills, its queues, its bucket and every request it served."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, NamedTuple

from killmart_demo.bodies import BodyFiles
from killmart_demo.config import SimulatorConfig
from killmart_demo.days import PublishedDays
from killmart_demo.esi_limits import TokenBucket
from killmart_demo.faults import FaultPlan
from killmart_demo.feed import KillFeed, Timeline
from killmart_demo.kill import Catalogue
from killmart_demo.queues import Queue, Queues
from killmart_demo.r2z2_files import NumberedFiles
from killmart_demo.universe import UniverseCatalogue
from killmart_demo.watch import Watch

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
        self.feed = KillFeed(self.catalogue, config.trickle, config.now)
        self.plan = FaultPlan(config.faults, config.monotonic)
        self.watch = Watch(config.limits, config.monotonic)
        self.queues = Queues(Timeline(self.feed, self.plan, "redisq"), config.monotonic)
        self.r2z2_files = NumberedFiles(config, self.feed, self.plan)
        self.days = PublishedDays(config, self.catalogue)
        self.bucket = TokenBucket(config.esi_tokens, config.esi_window_seconds, config.monotonic)
        self.esi_fetches: Counter[int] = Counter()
        """killmail_id: how often its body went over the wire."""
        self.requests: deque[Served] = deque(maxlen=KEPT_REQUESTS)
        """The latest requests, the control routes excepted."""
        self.counts: Counter[tuple[str, str, int]] = Counter()
        """(service, route, status): requests since the start."""
        self.stopping = False
        """Set when the server is to end: long polls give up at once."""

    def record(self, service: str, route: str, status: int) -> None:
        """Note a request answered now."""
        at = self.config.monotonic()
        self.requests.append(Served(at, service, route, status))
        self.counts[service, route, status] += 1

    def status(self) -> dict[str, Any]:
        """What `/_sim/status` says, as plain JSON values."""
        requests: dict[str, dict[str, int]] = {}
        for (service, route, status), count in sorted(self.counts.items()):
            requests.setdefault(service, {})[f"{route} {status}"] = count
        return {
            "serves": self.catalogue.describe(),
            "first_load": self.feed.first_load,
            "first_load_left": self.first_load_left(),
            "feed": len(self.feed.ids),
            "requests": requests,
            **self.watch.status(),
            "breaches": self.breaches(),
            "faults": self.injected(),
            "lost": {queue_id: queue.lost for queue_id, queue in self.queues.queues.items() if queue.lost},
            "r2z2": self.r2z2_files.status(),
            "days": self.days.status(),
            "queues": {queue_id: _counters(queue) for queue_id, queue in self.queues.queues.items()},
            "esi": {
                "tokens": self.bucket.tokens,
                "remaining": self.bucket.remaining,
                "bodies": len(self.esi_fetches),
                "bodies_again": self.esi_fetches.total() - len(self.esi_fetches),
            },
        }

    def first_load_left(self) -> dict[str, int]:
        """Kills of the first load still to come: for each queueID, and as `r2z2` for whoever reads its files."""
        left = self.r2z2_files.first_load_left()
        return self.queues.first_load_left() | ({} if left is None else {"r2z2": left})

    def breaches(self) -> list[str]:
        """A sentence for every limit of an upstream that its clients did not keep."""
        found = self.watch.breaches({name: queue.in_flight_max for name, queue in self.queues.queues.items()})
        asked_420 = sum(n for (service, _, status), n in self.counts.items() if (service, status) == ("esi", 420))
        in_earnest = asked_420 - self.plan.injected["esi", "420"]
        if in_earnest > 0:
            found.append(f"esi had to answer 420 to {in_earnest} requests beyond its error limit.")
        return found

    def injected(self) -> dict[str, dict[str, int]]:
        """{service: {fault: how often it struck}}."""
        found: dict[str, dict[str, int]] = {}
        for (service, name), count in sorted(self.plan.injected.items()):
            found.setdefault(service, {})[name] = count
        return found


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
