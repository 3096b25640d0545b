"""Packs the killmails of a day as EVE Ref does."""

from __future__ import annotations

import bz2
import hashlib
import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

from killmart_demo.days_damage import DayMember


@dataclass(frozen=True)
class ArchiveFile:
    """A file as EVE Ref serves it."""

    content: bytes = field(repr=False)
    written_at: datetime

    @property
    def etag(self) -> str:
        """Another one for every other content."""
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'

    @property
    def last_modified(self) -> str:
        """When it was written, as HTTP has it."""
        return format_datetime(self.written_at, usegmt=True)


def written_at(day: date, days_later: int = 1) -> datetime:
    """When the archive of a day is written: in the night after, or so many days later."""
    return datetime(day.year, day.month, day.day, 4, 12, tzinfo=UTC) + timedelta(days=days_later)


def packed(entries: Sequence[DayMember], day: date) -> bytes:
    """The archive, of the same bytes for the same killmails."""
    buffer = io.BytesIO()
    seen_at = written_at(day)
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry in entries:
            text = _with_added_keys(entry, seen_at)
            member = tarfile.TarInfo(f"killmails/{entry.killmail_id}.json")
            member.size, member.mtime = len(text), int(seen_at.timestamp())
            archive.addfile(member, io.BytesIO(text))
    return bz2.compress(buffer.getvalue())


def _with_added_keys(entry: DayMember, seen_at: datetime) -> bytes:
    if not entry.is_readable:
        return entry.body
    added = f',"killmail_hash":"{entry.killmail_hash}","http_last_modified":"{seen_at:%Y-%m-%dT%H:%M:%SZ}"}}'
    return entry.body.rstrip().removesuffix(b"}") + added.encode()
