"""Which killmails happened on which UTC day, in the universe or in the files of real ones."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_demo.kill import Catalogue, Kill
from killmart_demo.universe import EPOCH, FIRST_ID, KILLS_PER_DAY, Universe

DAY_SECONDS = 86_400
DAYS_BACK = 35
_ARCHIVE = re.compile(r"killmails-(\d{4}-\d{2}-\d{2})\.tar\.bz2")


class DaysSource(Protocol):
    """Killmails by UTC day, up to yesterday."""

    def days(self, options: DayOptions) -> list[date]:
        """Every day that there is, ascending."""
        ...

    def ids(self, day: date, options: DayOptions) -> list[int]:
        """Ids of the kills of a day, ascending; cheap."""
        ...

    def kills(self, day: date, options: DayOptions) -> list[Kill]:
        """The kills of a day, by id ascending."""
        ...

    def has_raw(self, day: date, options: DayOptions) -> bool:
        """Whether there is a raw file of that day."""
        ...

    def genuine(self, day: date) -> Path | None:
        """EVE Ref's own archive of that day, where one was given."""
        ...


def day_of(seconds: float) -> date:
    """The UTC day of a Unix time."""
    return datetime.fromtimestamp(seconds, UTC).date()


class UniverseDays:
    """The days of the synthetic universe; thinned to about `day_kills` kills each if that is set."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._now = config.now
        self._universe = Universe(config.seed)
        self._first = day_of(config.now()) - timedelta(days=DAYS_BACK)

    def days(self, options: DayOptions) -> list[date]:
        first = max(options.first_day or self._first, day_of(EPOCH))
        return [first + timedelta(days=n) for n in range((day_of(self._now()) - first).days)]

    def ids(self, day: date, options: DayOptions) -> list[int]:
        return [FIRST_ID + second - EPOCH for second in self._seconds(day, options.day_kills)]

    def kills(self, day: date, options: DayOptions) -> list[Kill]:
        made = (self._universe.kill_at(second) for second in self._seconds(day, options.day_kills))
        return [kill for kill in made if kill is not None]

    def has_raw(self, day: date, options: DayOptions) -> bool:
        return day >= options.raw_since

    def genuine(self, day: date) -> Path | None:
        return None

    def _seconds(self, day: date, wanted: int) -> list[int]:
        """The seconds in which somebody died; thinning looks at every n-th second alone, so it is quick, too."""
        start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        step = max(1, round(KILLS_PER_DAY / wanted)) if wanted else 1
        return [second for second in range(start, start + DAY_SECONDS, step) if self._universe.happens(second)]


class FileDays:
    """The days of the real killmails that the simulator was given."""

    def __init__(self, config: SimulatorConfig, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._ids: dict[date, list[int]] = defaultdict(list)
        for killmail_id in sorted(catalogue.first_load(config.now())):
            kill = catalogue.get(killmail_id)
            if kill is not None:
                self._ids[kill.killed_at.date()].append(killmail_id)
        named = ((_ARCHIVE.fullmatch(path.name), path) for path in config.bodies)
        self._genuine = {date.fromisoformat(match[1]): path for match, path in named if match}

    def days(self, options: DayOptions) -> list[date]:
        return sorted(day for day in self._ids if options.first_day is None or day >= options.first_day)

    def ids(self, day: date, options: DayOptions) -> list[int]:
        return self._ids.get(day, [])

    def kills(self, day: date, options: DayOptions) -> list[Kill]:
        found = (self._catalogue.get(killmail_id) for killmail_id in self.ids(day, options))
        return [kill for kill in found if kill is not None]

    def has_raw(self, day: date, options: DayOptions) -> bool:
        return day in self._ids

    def genuine(self, day: date) -> Path | None:
        return self._genuine.get(day)
