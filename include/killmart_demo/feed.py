"""The one stream of kills that every simulated feed serves, each in its own way."""

from __future__ import annotations

from collections.abc import Callable

from killmart_demo.kill import Catalogue, Kill


class Feed:
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
