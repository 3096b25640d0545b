"""Whole UTC days as upstreams publish them: the list of a day's kills, the archive of their bodies, and each body."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DayList:
    """The kills that a source names for a UTC day, with the hashes that ESI takes."""

    day: date
    hashes: dict[int, str]
    """killmail_id: 40 hex digits, or the text `CCP VERIFIED`."""
    skipped: dict[str, str] = field(default_factory=dict)
    """An entry's id as it was written: why the entry is not among `hashes`."""
    source: str = "history"

    @property
    def ids(self) -> set[int]:
        """Every killmail that the list names, those included whose hash is unusable: they were published, too."""
        named = {int(text) for text in self.skipped if text.isascii() and text.isdigit() and 0 < int(text) < 2**63}
        return self.hashes.keys() | named


@dataclass(frozen=True, slots=True)
class DayArchive:
    """A checked file with the bodies of a UTC day, as EVE Ref packs them."""

    day: date
    path: Path
    etag: str
    """Names this version of the day; another one says that the archive was rewritten."""
    last_modified: str
    bytes: int


@dataclass(frozen=True, slots=True)
class DayBody:
    """One body out of the file of a day, byte for byte; not necessarily one that can be read."""

    killmail_id: int | None
    """What the file calls it, which the body may contradict; None where that is no number."""
    killmail_hash: str | None
    """What the file says; None where it says none, so that it is to be worked out from the body."""
    body: bytes
