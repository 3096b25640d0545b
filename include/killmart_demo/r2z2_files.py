"""R2Z2's numbered files: which number holds which killmail, which holds none, and which was republished."""

from __future__ import annotations

from typing import Any, NamedTuple

from killmart_demo.config import SimulatorConfig
from killmart_demo.faults import FaultPlan
from killmart_demo.feed import KillFeed, Timeline

_REPUBLISHED_WITHIN = 20
_NO_HOLES = 20
"""Beyond what sequence.json trails, so many of the last numbers of the first load are no injected holes."""


class File(NamedTuple):
    """One number of the sequence."""

    killmail_id: int | None
    """None where the number never gets a file and no killmail either."""
    uploaded_at: float
    """Unix seconds; the first load counts as uploaded when the simulator started."""
    updates: int | None = None
    """The older number that was republished, as this file says in `sequence_updated`."""


class NumberedFiles:
    """The sequence of one R2Z2, from `first` on."""

    def __init__(self, config: SimulatorConfig, feed: KillFeed, plan: FaultPlan) -> None:
        self.first = config.r2z2_first
        self._config = config
        self._plan = plan
        self._timeline = Timeline(feed, plan, "r2z2")
        self._files: list[File] = []
        self._taken = 0
        self._first_load_last = self.first - 1
        self._announced_by: dict[int, int] = {}
        self._other_bodies: set[int] = set()
        self._served: set[int] = set()
        self._started = config.now()

    def head(self) -> int:
        """The newest number; one below `first` while there is none."""
        length = self._timeline.advance()
        while self._taken < length:
            is_first_load = self._taken < self._timeline.first_load
            # A hole differs from the feed's end by what lies beyond it; the first load may be all there ever is.
            is_end = is_first_load and self._timeline.first_load - self._taken <= self._config.r2z2_trail + _NO_HOLES
            at = self._started if is_first_load else self._config.now()
            self._publish(self._timeline.ids[self._taken], at, may_skip=not is_end)
            self._taken += 1
            if is_first_load:
                self._first_load_last = self._last()
        return self._last()

    def find(self, number: int) -> File | None:
        """The file of this number as long as it lives; None where there is none, not yet or not any more."""
        if not self.first <= number <= self.head() or number in self._config.r2z2_holes:
            return None
        file = self._files[number - self.first]
        expired = file.uploaded_at <= self._config.now() - self._config.r2z2_retention_seconds
        return None if file.killmail_id is None or expired else file

    def is_outdated(self, number: int) -> bool:
        """Whether this file is still to be republished: nobody has been given the file that announces it."""
        return number in self._announced_by and self._announced_by[number] not in self._served

    def has_other_body(self, number: int) -> bool:
        """Whether the outdated version of this file has another body, too."""
        return number in self._other_bodies

    def note_served(self, number: int) -> None:
        """Note that somebody was given this file."""
        self._served.add(number)

    def first_load_left(self) -> int | None:
        """Numbers of the first load beyond the last one that was served; None before anybody was given any."""
        self.head()
        return max(0, self._first_load_last - max(self._served)) if self._served else None

    def status(self) -> dict[str, Any]:
        """What `/_sim/status` shows of it."""
        head = self.head()
        swallowed = {
            number: self._files[number - self.first].killmail_id
            for number in sorted(self._config.r2z2_holes)
            if self.first <= number <= head
        }
        return {
            "first": self.first,
            "head": head,
            "files_served": len(self._served),
            "holes": [self.first + place for place, file in enumerate(self._files) if file.killmail_id is None],
            "swallowed": swallowed,
            "republished": self._announced_by,
        }

    def _last(self) -> int:
        return self.first + len(self._files) - 1

    def _publish(self, killmail_id: int, at: float, *, may_skip: bool) -> None:
        if may_skip and self._plan.strikes("hole", "r2z2", self._last() + 1):
            self._files.append(File(None, at))
        self._files.append(File(killmail_id, at, self._republish(self._last() + 1)))

    def _republish(self, number: int) -> int | None:
        """The older file that file `number` announces again, if any."""
        kinds = [kind for kind in ("republished", "republished_body") if self._plan.would_strike(kind, "r2z2", number)]
        older = number - 1 - int(self._plan.draw("older", number) * _REPUBLISHED_WITHIN)
        silent = older < self.first or self._files[older - self.first].killmail_id is None
        if not kinds or silent or older in self._announced_by or {number, older} & self._config.r2z2_holes:
            return None
        self._plan.count("r2z2", kinds[-1])
        self._announced_by[older] = number
        if "republished_body" in kinds:
            self._other_bodies.add(older)
        return older
