"""The one stream of kills, and the order in which each simulated feed yields it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from killmart_demo.faults import FaultPlan
from killmart_demo.kill import Catalogue, Kill


class KillFeed:
    """Kills in processing order: the first load, then what is published as time passes."""

    def __init__(self, catalogue: Catalogue, trickle: bool, now: Callable[[], float]) -> None:
        self._catalogue = catalogue
        self._trickle = trickle
        self._now = now
        self._until = now()
        self.ids = catalogue.first_load(self._until)
        """Killmail ids; a position in this list never changes its kill."""
        self.first_load = len(self.ids)

    def advance(self) -> int:
        """Append what was published since the last call; returns how long the feed is now."""
        now = self._now()
        if self._trickle and now > self._until:
            self.ids += self._catalogue.published(self._until, now)
            self._until = now
        return len(self.ids)

    def kill(self, killmail_id: int) -> Kill:
        """The kill of an id that the feed named."""
        kill = self._catalogue.get(killmail_id)
        if kill is None:
            raise LookupError(f"killmail {killmail_id} is in the feed, yet not in the catalogue")
        return kill


RIDES_AGAIN_WITHIN = 100
"""An older killmail that rides again is one of so many latest ones."""


class Timeline:
    """What a service's feed has yielded so far; without faults it is the feed itself."""

    def __init__(self, feed: KillFeed, plan: FaultPlan, service: str) -> None:
        self._feed = feed
        self._plan = plan
        self._service = service
        self._taken = 0
        self.ids: list[int] = []
        """Killmail ids; a position in this list never changes its kill."""
        self.first_load = 0
        """How many of them belong to the first load; 0 until `advance` was called."""

    def advance(self) -> int:
        """Append what was published since the last call; returns how long the timeline is now."""
        length = self._feed.advance()
        if self._taken == 0 < self._feed.first_load:
            self._take(self._feed.first_load)
            self.first_load = len(self.ids)
        self._take(length)
        return len(self.ids)

    def _take(self, until: int) -> None:
        for killmail_id in self._swapped(self._feed.ids[self._taken : until]):
            self.ids.append(killmail_id)
            if self._plan.strikes("duplicate", self._service, killmail_id):
                latest = self.ids[-RIDES_AGAIN_WITHIN:]
                self.ids.append(latest[int(self._plan.draw("again", self._service, killmail_id) * len(latest))])
        self._taken = max(self._taken, until)

    def _swapped(self, ids: Sequence[int]) -> Iterator[int]:
        position = 0
        while position < len(ids):
            pair = ids[position : position + 2]
            if len(pair) == 2 and self._plan.strikes("out_of_order", self._service, pair[0]):
                yield from reversed(pair)
                position += 2
            else:
                yield pair[0]
                position += 1
