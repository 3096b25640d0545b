"""A synthetic universe: which killmail happened in which second, for ever the same for one seed.

Everything is a pure function of (seed, second), so any two windows contain the same kills where they overlap,
whenever the simulator was started. Seconds are Unix seconds, UTC; there is at most one kill a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from killmart.model.killmail import killmail_hash
from killmart_demo.config import SimulatorConfig
from killmart_demo.fight import compose
from killmart_demo.kill import MAX_DELAY_SECONDS, Kill, publication_delay
from killmart_demo.valuation import zkb_block

EPOCH = 1_577_836_800
"""2020-01-01: nobody dies before."""
FIRST_ID = 100_000_000
KILLS_PER_DAY = 15_000
_HOURS = (8, 10, 9, 8, 7, 6, 5, 5, 6, 8, 9, 4, 8, 10, 11, 12, 13, 15, 17, 19, 18, 15, 13, 10)
"""How busy each hour of a UTC day is; at 11:00 the cluster restarts."""
_ODDS = tuple(KILLS_PER_DAY * hour / sum(_HOURS) / 3600 * 2**64 for hour in _HOURS)
_ENCODER = msgspec.json.Encoder(order="sorted")  # ESI sorts its keys


def second_of(killmail_id: int) -> int:
    """The Unix second in which the kill of this id would have happened."""
    return killmail_id - FIRST_ID + EPOCH


class Universe:
    """All synthetic killmails of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def happens(self, second: int) -> bool:
        """Whether there is a kill in this second; quick, as nothing is made up yet."""
        if second < EPOCH:
            return False
        digest = hashlib.blake2b(f"{self.seed}:{second}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) < _ODDS[second // 3600 % 24]

    def kill_at(self, second: int) -> Kill | None:
        """The kill of this second, or None where nobody died."""
        if not self.happens(second):
            return None
        killmail_id = FIRST_ID + second - EPOCH
        killed_at = datetime.fromtimestamp(second, UTC)
        body = compose(self.seed, killmail_id, killed_at)
        victim = body["victim"]
        final_blow = next(attacker for attacker in body["attackers"] if attacker["final_blow"])
        digest = killmail_hash(
            victim.get("character_id"), final_blow.get("character_id"), victim["ship_type_id"], killed_at
        )
        return Kill(killmail_id, digest, killed_at, _ENCODER.encode(body), zkb_block(body, digest, killed_at))

    def kills(self, first_second: int, last_second: int) -> Iterator[Kill]:
        """The kills from the first to the last second, both included, ascending."""
        for second in range(first_second, last_second + 1):
            kill = self.kill_at(second)
            if kill is not None:
                yield kill


class UniverseCatalogue:
    """A universe up to the present, as a Catalogue: the newest kills are the first load, later ones trickle in."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._universe = Universe(config.seed)
        self._kills = config.kills
        self._now = config.now
        self._kill_at = lru_cache(maxsize=2_000)(self._universe.kill_at)

    def get(self, killmail_id: int) -> Kill | None:
        second = second_of(killmail_id)
        return self._kill_at(second) if second <= self._now() else None

    def first_load(self, until: float) -> list[int]:
        newest: list[int] = []
        second = int(until)
        while len(newest) < self._kills and second >= EPOCH:
            newest += self._published_of(range(second, second + 1), until)
            second -= 1
        # An older kill with a longer delay may have been published after the oldest of these.
        newest += self._published_of(range(second - MAX_DELAY_SECONDS, second + 1), until)
        return self._in_order(newest)[-self._kills :] if self._kills else []

    def published(self, after: float, until: float) -> list[int]:
        seconds = self._published_of(range(int(after) - MAX_DELAY_SECONDS, int(until) + 1), until)
        return self._in_order([second for second in seconds if self._published_at(second) > after])

    def describe(self) -> str:
        return f"the synthetic universe of seed {self._universe.seed}"

    def _published_of(self, seconds: range, until: float) -> list[int]:
        """Those of the seconds whose kill was in the feed by `until`."""
        happens = self._universe.happens
        return [second for second in seconds if happens(second) and self._published_at(second) <= until]

    def _published_at(self, second: int) -> int:
        return second + publication_delay(self._universe.seed, FIRST_ID + second - EPOCH)

    def _in_order(self, seconds: list[int]) -> list[int]:
        seconds.sort(key=lambda second: (self._published_at(second), second))
        return [FIRST_ID + second - EPOCH for second in seconds]
