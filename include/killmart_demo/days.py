"""The days of the history and of EVE Ref: their lists, totals, raw files and archives, made when they are asked for."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec

from killmart_demo.config import SimulatorConfig
from killmart_demo.days_damage import DayMember, damaged_list, damaged_members, without
from killmart_demo.days_options import DayOptions
from killmart_demo.days_source import DaysSource, FileDays, UniverseDays
from killmart_demo.everef_archive import ArchiveFile, packed, written_at
from killmart_demo.faults import draw
from killmart_demo.kill import Catalogue, Kill

_KEPT_DAYS = 16
_KEPT_KILLS = 2
"""Days of bodies in memory: up to 60 MB each."""
_ARCHIVE, _LIST, _LATE = "archive", "list", "late"
Made = TypeVar("Made")


class PublishedDays:
    """What is published of whole days; safe to use from several threads, which take turns where something is made."""

    def __init__(self, config: SimulatorConfig, catalogue: Catalogue) -> None:
        self._options = config.days
        self._make_source: Callable[[], DaysSource] = lambda: (
            FileDays(config, catalogue) if config.bodies else UniverseDays(config)
        )
        self._found_source: DaysSource | None = None
        self._lock = threading.RLock()
        self._kills: OrderedDict[date, list[Kill]] = OrderedDict()
        self._ids: dict[date, array[int]] = {}
        self._made: OrderedDict[tuple[str, date], Any] = OrderedDict()
        self._struck: dict[str, dict[str, int]] = {}

    @property
    def options(self) -> DayOptions:
        """What is withheld, late and damaged now."""
        return self._options

    def change(self, options: DayOptions) -> None:
        """Go on with other options: every file is made again."""
        with self._lock:
            if options.day_kills != self._options.day_kills:
                self._ids.clear()
                self._kills.clear()
            self._options = options
            self._made.clear()
            self._struck.clear()

    def listing(self, day: date) -> bytes | None:
        """`{"killID":"hash"}`, None where there is no list of that day."""
        return self._once(_LIST, self._listing, day)

    def raw(self, day: date) -> bytes | None:
        """`{"killID":{body}}`, None where there is no raw file of that day."""
        if "raw_missing" in self._options.damage_of(day) or not self._exists(day):
            return None
        if not self._source.has_raw(day, self._options):
            return None
        with self._lock:
            entries = self._entries(day, _LIST, self._options.damage_of(day))
        pairs = (b'"%d":%s' % (entry.killmail_id, _as_json(entry)) for entry in entries)
        return b"{" + b",".join(pairs) + b"}"

    def archive(self, day: date) -> ArchiveFile | None:
        """EVE Ref's file, None where there is none of that day."""
        return self._once(_ARCHIVE, self._archive, day)

    def list_totals(self) -> dict[str, int]:
        """Kills in the list of each day."""
        return {f"{day:%Y%m%d}": len(self._listed(day)) for day in self._source.days(self._options)}

    def archive_totals(self) -> dict[str, int]:
        """Kills in the archive of each day, as it ought to be."""
        return {f"{day:%Y%m%d}": len(self._published(day, _ARCHIVE)) for day in self._source.days(self._options)}

    def status(self) -> dict[str, Any]:
        """Which killmails were withheld, are late or were damaged, by day, of the days asked for so far.

        Never waits for a day that is being made.
        """
        asked = sorted({day for _, day in list(self._made)})
        absent = {kind: self._absent(kind, asked) for kind in (_ARCHIVE, _LIST, _LATE) if self._share(kind)}
        return {**absent, "damaged": {day: dict(struck) for day, struck in list(self._struck.items())}}

    @property
    def _source(self) -> DaysSource:
        """Where the kills come from; real ones are sorted into days at the first use."""
        with self._lock:
            if self._found_source is None:
                self._found_source = self._make_source()
            return self._found_source

    def _exists(self, day: date) -> bool:
        return day in self._source.days(self._options)

    def _once(self, kind: str, make: Callable[[date], Made], day: date) -> Made:
        """What `make` gives for this day under the options in force; kept for the next one who asks."""
        key = (kind, day)
        with self._lock:
            if key not in self._made:
                self._made[key] = make(day)
                while len(self._made) > _KEPT_DAYS:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            found: Made = self._made[key]
            return found

    def _ids_of(self, day: date) -> array[int]:
        with self._lock:
            if day not in self._ids:
                self._ids[day] = array("q", self._source.ids(day, self._options))
            return self._ids[day]

    def _kills_of(self, day: date) -> list[Kill]:
        with self._lock:
            if day not in self._kills:
                self._kills[day] = self._source.kills(day, self._options)
                self._ids[day] = array("q", (kill.killmail_id for kill in self._kills[day]))
                while len(self._kills) > _KEPT_KILLS:
                    self._kills.popitem(last=False)
            return self._kills[day]

    def _share(self, kind: str) -> float:
        options = self._options
        if kind == _LATE:
            return 0.0 if options.late_is_there else options.late
        return options.archive_withheld if kind == _ARCHIVE else options.list_withheld

    def _is_absent(self, killmail_id: int, kind: str) -> bool:
        share = self._share(kind)
        return share > 0 and draw(self._options.seed, kind, killmail_id) < share

    def _absent(self, kind: str, days: Iterable[date]) -> dict[str, list[int]]:
        return {str(day): [one for one in self._ids.get(day, ()) if self._is_absent(one, kind)] for day in days}

    def _published(self, day: date, kind: str) -> list[int]:
        """Ids of the kills that the archive or the list of a day has."""
        return [one for one in self._ids_of(day) if not (self._is_absent(one, kind) or self._is_absent(one, _LATE))]

    def _listed(self, day: date) -> list[int]:
        """Ids in the list of a day."""
        names, ids = self._options.damage_of(day), self._published(day, _LIST)
        if "list_empty" in names:
            return []
        gone = without(ids, self._options.short_by, self._options.seed) if "list_short" in names else set()
        return [one for one in ids if one not in gone]

    def _listing(self, day: date) -> bytes | None:
        names = self._options.damage_of(day)
        if "list_missing" in names or not self._exists(day):
            return None
        ids = set(self._listed(day))
        hashes = {kill.killmail_id: kill.killmail_hash for kill in self._kills_of(day) if kill.killmail_id in ids}
        told, struck = damaged_list(hashes, names, day, self._options.seed)
        self._note(day, struck)
        return msgspec.json.encode(told)

    def _entries(self, day: date, kind: str, names: frozenset[str]) -> list[DayMember]:
        """The killmails of a day as the archive or the raw file has them, damage included."""
        seed = self._options.seed
        kills = [kill for kill in self._kills_of(day) if not self._is_absent(kill.killmail_id, _LATE)]
        entries = [DayMember(kill.killmail_id, kill.killmail_hash, kill.body) for kill in kills]
        damaged = damaged_members(entries, names, day, seed)
        self._note(day, damaged.struck)
        entries = [entry for entry in damaged.entries if not self._is_absent(abs(entry.killmail_id), kind)]
        if "member_of_day_before" in names:
            before = self._kills_of(day - timedelta(days=1))[-1:]
            for kill in before:
                self._note(day, {"member_of_day_before": kill.killmail_id})
                entries.insert(0, DayMember(kill.killmail_id, kill.killmail_hash, kill.body))
        return entries

    def _archive(self, day: date) -> ArchiveFile | None:
        names = self._options.damage_of(day)
        if "archive_missing" in names or not self._exists(day):
            return None
        if "archive_of_another_day" in names:
            others = [one for one in self._source.days(self._options) if one != day]
            before = max((one for one in others if one < day), default=others[0] if others else None)
            return None if before is None else self._file(before, frozenset())
        return self._file(day, names)

    def _file(self, day: date, names: frozenset[str]) -> ArchiveFile:
        content = self._genuine(day, names)
        if content is None:
            entries = [] if "archive_empty" in names else self._entries(day, _ARCHIVE, names)
            if "archive_short" in names:
                gone = without([one.killmail_id for one in entries], self._options.short_by, self._options.seed)
                entries = [entry for entry in entries if entry.killmail_id not in gone]
            content = packed(entries, day)
        if "archive_truncated" in names:
            content = content[: len(content) * 2 // 3]
        if "archive_corrupted" in names:
            middle = len(content) // 2
            others_there = bytes(one ^ 0xFF for one in content[middle : middle + 16])
            content = content[:middle] + others_there + content[middle + 16 :]
        is_rewritten = self._options.late > 0 and self._options.late_is_there
        return ArchiveFile(content, written_at(day, days_later=3 if is_rewritten else 1))

    def _genuine(self, day: date, names: frozenset[str]) -> bytes | None:
        """The very bytes of EVE Ref's own file, where there is one and its contents are not to be changed."""
        path = self._source.genuine(day)
        is_changed = any(self._share(kind) for kind in (_ARCHIVE, _LATE)) or any(
            name.startswith("member_") or name in ("archive_empty", "archive_short") for name in names
        )
        return None if path is None or is_changed else path.read_bytes()

    def _note(self, day: date, struck: dict[str, int]) -> None:
        if struck:
            with self._lock:
                self._struck.setdefault(str(day), {}).update(struck)


def _as_json(entry: DayMember) -> bytes:
    return entry.body if entry.is_readable else msgspec.json.encode(entry.body.decode())
