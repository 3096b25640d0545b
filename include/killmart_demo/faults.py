"""Which faults a simulator injects, how often, and into which requests: the same ones in every run of a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from killmart.errors import KillmartError
from killmart_demo.clock import Clock
from killmart_demo.fault_kinds import ALL, KINDS, STRIKING, Kind


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

    def rate(self, kind: Kind, service: str) -> float:
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

    def choose(self, service: str, route: str, path: str, attempt: int) -> Kind | None:
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

    def _falls_on(self, kind: Kind, service: str, path: str, attempt: int) -> bool:
        rate = self.faults.rate(kind, service)
        number = 0 if kind.name == "422_final" else attempt  # final is what every attempt meets
        return rate > 0 and self.draw(kind.name, service, path, number) < rate
