"""What the simulator noticed about its clients' manners: rates, pauses, waits; and every breach as a sentence."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from killmart_demo.clock import Clock

ELSEWHERE = "elsewhere"
"""What injected redirects to another host lead to; nobody is to come."""
_UNDER_WAY_SECONDS = 0.5
"""A request this soon after an answer that asks for a pause was under way already."""
_JITTER_SECONDS = 0.05
"""Requests sent a second apart may arrive this much closer."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the upstreams allow; tests that hurry allow more."""

    redisq_per_second: int = 2
    r2z2_per_second: int = 15
    r2z2_gap_seconds: float = 6.0
    """How long to leave a file alone after its 404."""
    r2z2_strikes: int = 30
    """Answers of 429 that lead to a ban."""
    r2z2_ban_seconds: float = 3600.0
    """Length of a ban, and so the pause that any 403 asks for."""
    everef_at_once: int = 2


NO_LIMITS = Limits(
    redisq_per_second=10**6, r2z2_per_second=10**6, r2z2_gap_seconds=0.0, r2z2_ban_seconds=0.0, everef_at_once=10**6
)
"""Everything is allowed, for tests that hurry."""


class RateMeter:
    """The most requests that ever fell into one second, or another stretch of `seconds`."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds
        self._recent: deque[float] = deque()
        self.peak = 0

    def note(self, at: float) -> None:
        """Count a request at `at` (seconds, never before the last one)."""
        self._recent.append(at)
        while self._recent[0] <= at - self._seconds:
            self._recent.popleft()
        self.peak = max(self.peak, len(self._recent))

    @property
    def recent(self) -> int:
        """Requests of the stretch that ended with the last one."""
        return len(self._recent)


@dataclass
class _Pause:
    begun: float
    until: float


class Watch:
    """Sees every request arrive and every answer leave; `clock` gives seconds."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._rates: dict[str, RateMeter] = {}
        self._strict_rates: dict[str, RateMeter] = {}
        self._pauses: dict[str, _Pause] = {}
        self._missing: dict[str, float] = {}
        self._banned_until = float("-inf")
        self._strikes = 0
        self.in_pause: Counter[str] = Counter()
        """Service: requests during a pause that it had asked for."""
        self.esi_overdrawn = 0
        """Answers of 429 because ESI's bucket was empty, in earnest."""
        self.nameless = 0
        """Requests to R2Z2 without a User-Agent."""
        self.throttled = 0
        """Answers of 429 by R2Z2, in earnest."""
        self.crowded = 0
        """Answers of 429 by EVE Ref, in earnest."""
        self.bans = 0
        self.gap_min: float | None = None
        """The shortest time between a 404 of an R2Z2 file and the next request of it."""
        self.in_flight: Counter[str] = Counter()
        self.in_flight_max: Counter[str] = Counter()

    def arrived(self, service: str, path: str) -> None:
        """Note a request that begins now; `path` is that below the service."""
        now = self._clock()
        self._rates.setdefault(service, RateMeter()).note(now)
        self._strict_rates.setdefault(service, RateMeter(1 - _JITTER_SECONDS)).note(now)
        self.in_flight[service] += 1
        self.in_flight_max[service] = max(self.in_flight_max[service], self.in_flight[service])
        pause = self._pauses.get(service)
        if pause is not None and pause.begun + _UNDER_WAY_SECONDS < now < pause.until:
            self.in_pause[service] += 1
        if service == "r2z2" and path in self._missing:
            gap = now - self._missing.pop(path)
            self.gap_min = gap if self.gap_min is None else min(gap, self.gap_min)

    def answered(self, service: str, path: str, status: int, headers: Mapping[str, str]) -> None:
        """Note an answer that begins now; `headers` have names in lower case, status 0 is none at all."""
        now = self._clock()
        seconds = self._asked_pause(service, status, headers)
        if seconds:
            pause = self._pauses.get(service)
            if pause is None or pause.until <= now:
                pause = self._pauses[service] = _Pause(now, now)
            pause.until = max(pause.until, now + seconds)
        if service == "r2z2" and status == 404 and path.startswith("ephemeral/"):
            self._missing[path] = now

    def left(self, service: str) -> None:
        """Note the end of a request."""
        self.in_flight[service] -= 1

    def requests_of_last_second(self, service: str) -> int:
        """How many requests of this service began within the second that ended with the last of them."""
        return self._rates[service].recent if service in self._rates else 0

    def is_banned(self) -> bool:
        """Whether R2Z2 has banned its clients."""
        return self._clock() < self._banned_until

    def strike(self) -> None:
        """Count a 429 of R2Z2; enough of them are a ban."""
        self.throttled += 1
        self._strikes += 1
        if self._strikes >= self.limits.r2z2_strikes:
            self._strikes = 0
            self.bans += 1
            self._banned_until = self._clock() + self.limits.r2z2_ban_seconds

    def _asked_pause(self, service: str, status: int, headers: Mapping[str, str]) -> float:
        if status == 403 and service == "r2z2":
            return self.limits.r2z2_ban_seconds
        name = {429: "retry-after", 420: "x-esi-error-limit-reset"}.get(status, "")
        return float(headers.get(name, 0))

    def status(self) -> dict[str, Any]:
        """What `/_sim/status` shows of it."""
        return {
            "requests_per_second_max": {service: meter.peak for service, meter in self._rates.items()},
            "in_flight_max": dict(self.in_flight_max),
            "requests_in_pause": dict(self.in_pause),
            "r2z2_gap_min": self.gap_min,
            "r2z2_throttled": self.throttled,
            "r2z2_bans": self.bans,
            "esi_overdrawn": self.esi_overdrawn,
        }

    def breaches(self, redisq_in_flight_max: Mapping[str, int]) -> list[str]:
        """A sentence for every limit that was not kept; `redisq_in_flight_max` is by queueID."""
        return [*self._rate_breaches(), *_in_flight_breaches(redisq_in_flight_max), *self._refusal_breaches()]

    def _rate_breaches(self) -> Iterable[str]:
        allowed = {"redisq": self.limits.redisq_per_second, "r2z2": self.limits.r2z2_per_second}
        for service, most in allowed.items():
            peak = self._strict_rates[service].peak if service in self._strict_rates else 0
            if peak > most:
                yield f"{service} was asked {peak} times within one second; it allows {most}."

    def _refusal_breaches(self) -> Iterable[str]:
        for service, count in self.in_pause.items():
            if count:
                yield f"{service} was asked {count} times during a pause that it had asked for."
        if self.gap_min is not None and self.gap_min < self.limits.r2z2_gap_seconds:
            wanted = self.limits.r2z2_gap_seconds
            yield f"r2z2 was asked for a file {self.gap_min:.2f} s after its 404; it wants {wanted:g} s at least."
        if self.throttled:
            yield f"r2z2 had to answer 429 to {self.throttled} requests beyond its rate."
        if self.bans:
            yield f"r2z2 had to ban its clients {self.bans} times."
        if self.nameless:
            yield f"r2z2 was asked {self.nameless} times without a User-Agent."
        if self.esi_overdrawn:
            yield f"esi had to answer 429 to {self.esi_overdrawn} requests beyond its token bucket."
        if self.crowded:
            yield f"everef had to answer 429 to {self.crowded} requests beyond {self.limits.everef_at_once} at once."
        if ELSEWHERE in self._rates:
            yield "A redirect to another host was followed."


def _in_flight_breaches(in_flight_max: Mapping[str, int]) -> Iterable[str]:
    for queue_id, most in in_flight_max.items():
        if most > 1:
            yield f"redisq had {most} requests of the queueID {queue_id} in flight at once; it allows 1."
