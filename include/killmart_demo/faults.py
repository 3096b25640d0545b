"""Faults: all there are, how often a simulator injects them, and where: the same requests in every run of a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import NamedTuple

from killmart.errors import KillmartError
from killmart_demo.clock import Clock

ALL = "all"
"""The rate of every fault that has none of its own and after which a patient client still gets everything."""


class Stage(Enum):
    """When a fault strikes."""

    BEFORE = "in place of the answer: nothing has happened yet"
    AFTER = "to the answer, when the upstream has done its part"
    FEED = "when a killmail is published in a feed"
    WINDOW = "for a stretch of time"


class Fault(NamedTuple):
    """One kind of fault."""

    name: str
    stage: Stage
    routes: frozenset[str]
    """Which routes (see `route_of`) it can strike; none named: every one."""
    says: str
    in_all: bool = True
    """Whether `all` means this one too; not those that keep a killmail from the client for good."""


LISTEN, OBJECT, FILE, SEQUENCE, KILLMAIL = (
    "redisq/listen",
    "redisq/object",
    "r2z2/file",
    "r2z2/sequence",
    "esi/killmail",
)
_BODIES = frozenset((OBJECT, FILE, KILLMAIL))
_FEEDS = frozenset(("redisq/", "r2z2/"))
_ANY: frozenset[str] = frozenset()

# In the order in which they are drawn: the first that hits is the only one. Those that replace the answer come first,
# so that among the answers that arrive every change has its own rate.
_TABLE = (
    Fault("downtime", Stage.WINDOW, _ANY, "503 to everything for 15 minutes at a time, never the first 15"),
    Fault("500", Stage.BEFORE, _ANY, "status 500"),
    Fault("502", Stage.BEFORE, _ANY, "status 502"),
    Fault("503", Stage.BEFORE, _ANY, "status 503"),
    Fault("504", Stage.BEFORE, _ANY, "status 504"),
    Fault("reset", Stage.BEFORE, _ANY, "the connection is reset without an answer"),
    Fault("timeout", Stage.BEFORE, _ANY, "no answer for `timeout_seconds`, then the connection is reset"),
    Fault("html", Stage.BEFORE, _ANY, "a page of HTML with status 200"),
    Fault("403", Stage.BEFORE, _ANY, "status 403"),
    Fault("404", Stage.BEFORE, _ANY, "status 404"),
    Fault("420", Stage.BEFORE, frozenset(("esi/", KILLMAIL)), "status 420 with X-ESI-Error-Limit-*"),
    Fault("422", Stage.BEFORE, frozenset((KILLMAIL,)), "status 422, this time"),
    Fault("422_final", Stage.BEFORE, frozenset((KILLMAIL,)), "status 422 for this killmail, every time", in_all=False),
    Fault("429", Stage.BEFORE, _ANY, "status 429 with Retry-After"),
    Fault("429_bare", Stage.BEFORE, _ANY, "status 429 without Retry-After"),
    Fault("oversize", Stage.BEFORE, _ANY, "an answer of 21 MiB"),
    Fault("redirect", Stage.BEFORE, _ANY, "a redirect to this machine's other host name, where followers are noticed"),
    Fault("redirect_loop", Stage.BEFORE, _ANY, "a redirect that never ends"),
    Fault("gzip_bomb", Stage.BEFORE, _ANY, "100 KB that become 100 MiB"),
    Fault("pop_reset", Stage.AFTER, frozenset((LISTEN,)), "the connection is reset after the pop", in_all=False),
    Fault("truncated", Stage.AFTER, _ANY, "JSON cut short, with the Content-Length of what is left"),
    Fault("stale", Stage.AFTER, _ANY, "an older answer of the same path; of sequence.json, an older number"),
    Fault("wrong_body", Stage.AFTER, _BODIES, "the body of another killmail"),
    Fault("altered", Stage.AFTER, _BODIES, "a body with another ship, time or victim: what the hash covers"),
    Fault("string_id", Stage.AFTER, _BODIES, "the killmail id as text"),
    Fault("no_zkb", Stage.AFTER, frozenset((OBJECT, FILE)), "a package without zkb"),
    Fault("slow", Stage.AFTER, _ANY, "an answer that takes `slow_seconds` to dribble in"),
    Fault("hole", Stage.FEED, frozenset(("r2z2/",)), "a number that never gets a file; the killmail has the next one"),
    Fault("republished", Stage.FEED, frozenset(("r2z2/",)), "this file announces another zkb block of an older one"),
    Fault("republished_body", Stage.FEED, frozenset(("r2z2/",)), "the same, with another body as well"),
    Fault("duplicate", Stage.FEED, _FEEDS, "an older killmail rides again after this one"),
    Fault("out_of_order", Stage.FEED, _FEEDS, "this killmail changes places with the next one"),
)
KINDS = {kind.name: kind for kind in _TABLE}
STRIKING = tuple(kind for kind in _TABLE if kind.stage in (Stage.BEFORE, Stage.AFTER))


def route_of(service: str, path: str) -> str:
    """The route as faults know it; `path` is that below the service, `SERVICE/` is any other route."""
    if service == "redisq" and path in ("listen.php", "object.php"):
        return f"redisq/{path.removesuffix('.php')}"
    if service == "r2z2" and path == "ephemeral/sequence.json":
        return SEQUENCE
    if service == "r2z2" and path.startswith("ephemeral/"):
        return FILE
    if service == "esi" and path.startswith("killmails/"):
        return KILLMAIL
    return f"{service}/"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Rates of faults; a request is hit by one fault at most. Raises KillmartError for what makes no sense."""

    seed: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)
    """Fault, or `all`, or either after `SERVICE:`, to its rate from 0 to 1; the closest one counts."""
    altered_always: frozenset[int] = frozenset()
    """Killmail ids whose body is altered every time, wherever it is served, in what the hash covers."""
    timeout_seconds: float = 35.0
    slow_seconds: float = 2.0
    """How long an answer hangs or dribbles: real seconds, since it is real clients that wait."""
    retry_after_seconds: int = 1
    """The pause that an injected 429 or 420 asks for."""
    downtime_from: float | None = None
    """Seconds after the start at which every service goes down, besides the rate of `downtime`."""
    downtime_seconds: float = 900.0
    """Length of a downtime on the simulator's clock."""

    def __post_init__(self) -> None:
        for name, rate in self.rates.items():
            service, colon, kind = name.rpartition(":")
            if (kind != ALL and kind not in KINDS) or (colon and not service):
                raise KillmartError(f"There is no fault {name!r}; the faults are {', '.join((ALL, *KINDS))}.")
            if not 0 <= rate <= 1:
                raise KillmartError(f"The rate of the fault {name!r} is {rate}; it must be from 0 to 1.")
        if self.downtime_seconds <= 0 or min(self.timeout_seconds, self.slow_seconds, self.retry_after_seconds) < 0:
            raise KillmartError("The seconds of a fault must not be negative, and those of a downtime above 0.")

    def rate(self, kind: Fault, service: str) -> float:
        """How often this fault strikes this service."""
        names = [f"{service}:{kind.name}", kind.name]
        if kind.in_all:
            names += [f"{service}:{ALL}", ALL]
        return next((self.rates[name] for name in names if name in self.rates), 0.0)


_SECONDS = frozenset(one.name for one in fields(Faults)) - {"seed", "rates", "altered_always"}


def parse_faults(text: str, seed: int) -> Faults:
    """Faults as the command line writes them: `500=0.05,esi:reset=0.1,all=0.01,timeout_seconds=3,altered_always=5+6`.

    Raises KillmartError naming what is not understood.
    """
    faults, rates = Faults(seed=seed), dict[str, float]()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        try:
            if name == "altered_always":
                faults = replace(faults, altered_always=frozenset(int(one) for one in value.split("+")))
            elif name in _SECONDS:
                number = int(value) if name == "retry_after_seconds" else float(value)
                faults = replace(faults, **{name: number})  # type: ignore[arg-type]  # all of them are seconds
            else:
                rates[name] = float(value)
        except ValueError:
            raise KillmartError(
                f"The fault {part!r} is not understood; write it as NAME=RATE, for example 500=0.05."
            ) from None
    return replace(faults, rates=rates)


def draw(seed: int, *parts: object) -> float:
    """A number from 0 to below 1, for ever the same for the same arguments."""
    text = "\0".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64


class FaultPlan:
    """Decides what strikes whom, and counts it; `faults` may be replaced while it runs."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self.faults = faults
        self.injected: Counter[tuple[str, str]] = Counter()
        """(service, fault): how often it struck."""
        self._clock = clock
        self._started = clock()
        self._attempts: Counter[tuple[str, str]] = Counter()

    def attempt(self, service: str, path: str) -> int:
        """Count a request; returns how many this path has had, from 1. The query is no part of a path: an objectID
        is another one in every run."""
        self._attempts[service, path] += 1
        return self._attempts[service, path]

    def choose(self, service: str, route: str, path: str, attempt: int) -> Fault | None:
        """The fault that strikes this request, if any; what comes of it is up to the caller, who then counts it."""
        if self.is_down(service):
            return KINDS["downtime"]
        for kind in STRIKING:
            if (not kind.routes or route in kind.routes) and self._falls_on(kind, service, path, attempt):
                return kind
        return None

    def draw(self, *parts: object) -> float:
        """`draw` under the seed of these faults."""
        return draw(self.faults.seed, *parts)

    def strikes(self, name: str, service: str, key: object) -> bool:
        """Whether a fault of the feed strikes what is published under `key`; counted if so."""
        hit = self.would_strike(name, service, key)
        if hit:
            self.count(service, name)
        return hit

    def would_strike(self, name: str, service: str, key: object) -> bool:
        """The same, uncounted: for faults that may come to nothing."""
        return self._falls_on(KINDS[name], service, str(key), 1)

    def count(self, service: str, name: str) -> None:
        """Note that a fault struck."""
        self.injected[service, name] += 1

    def is_down(self, service: str) -> bool:
        """Whether a downtime of this service is on; its first stretch of time is always up."""
        passed, length = self._clock() - self._started, self.faults.downtime_seconds
        start = self.faults.downtime_from
        if start is not None and start <= passed < start + length:
            return True
        stretch = int(passed // length)
        return stretch > 0 and self._falls_on(KINDS["downtime"], service, "", stretch)

    def _falls_on(self, kind: Fault, service: str, path: str, attempt: int) -> bool:
        rate = self.faults.rate(kind, service)
        number = 0 if kind.name == "422_final" else attempt  # final is what every attempt meets
        return rate > 0 and self.draw(kind.name, service, path, number) < rate
