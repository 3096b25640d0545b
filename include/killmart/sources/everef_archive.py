"""Reads EVE Ref's archive of a day: unpacked piece by piece into a file, then a small walk over the tar headers.

Measured (performance.md): a third of the CPU time of `tarfile` streaming. Memory holds one member at a time, and a note
of where each lies: of the 15 to 64 MB of a day, or what somebody made of them, nothing more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from killmart.errors import UpstreamError
from killmart.model.days import DayBody
from killmart.sources.bounds import (
    LARGEST_BODY,
    LARGEST_DAY,
    MOST_BODIES,
    CutOffError,
    TooLargeError,
    megabytes,
    unbzipped,
    unnamed_file,
)
from killmart.sources.days import number_of

_BLOCK = 512
_END = bytes(_BLOCK)
_FILE = frozenset((b"0", b"\0", b"7"))
_EMPTY = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
"""Links, devices, folders and pipes: whatever size they name, no bytes follow."""
_GNU_NAME, _PAX_HEADER = b"L", b"x"
"""What these members hold is the name of the next one."""
_LONGEST_NAME = 64 << 10
_PAX_PATH = re.compile(rb"\d+ path=([^\n]*)\n")


class BadArchiveError(UpstreamError):
    """The archive of a day is damaged, empty or of another day; the message names day and file.

    It was not kept, and nothing of it was used. The day can be fetched from another source, or from EVE Ref once it
    is rewritten there.
    """


class _Head(msgspec.Struct):
    killmail_time: Any = None
    killmail_hash: Any = None


_read_head = msgspec.json.Decoder(_Head).decode


class UnpackedDay:
    """The tar of a day in a file without a name, which is gone when it is closed; for one reader."""

    def __init__(self, tar: BinaryIO) -> None:
        self.tar = tar
        self.members: list[tuple[str, int, int]] = []
        """Name, place and size of every plain file."""

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for name, start, size in self.members:
            self.tar.seek(start)
            yield name, self.tar.read(size)

    def close(self) -> None:
        """Let go of the file."""
        self.tar.close()

    __del__ = close


def bodies_in(unpacked_day: UnpackedDay) -> Iterator[DayBody]:
    """Every body in a tar, as it lies there.

    EVE Ref's two keys (killmail_hash, http_last_modified) stay in the body: cutting them out would copy it again, and
    the transform knows them.
    """
    for name, body in unpacked_day:
        head = _head_of(body)
        killmail_hash = head.killmail_hash.strip() if isinstance(head.killmail_hash, str) else ""
        yield DayBody(number_of(_stem(name)), killmail_hash or None, body)


def unpacked(packed: BinaryIO, day: date, file: str, folder: Path) -> UnpackedDay:
    """The tar of an archive, checked: whole, within bounds, with members, one of them at least killed on that day.

    It lies in `folder` meanwhile. Raises BadArchiveError saying which of these it is not.
    """
    found = UnpackedDay(unnamed_file(folder))
    try:
        for piece in unbzipped(packed, LARGEST_DAY):
            found.tar.write(piece)
    except TooLargeError as error:
        raise bad(day, file, f"{error}, which no day does") from None
    except CutOffError as error:
        raise bad(day, file, str(error)) from None
    except ValueError as error:
        raise bad(day, file, f"is corrupted: it {error}") from None
    _find_members(found, day, file)
    _check_day(found, day, file)
    return found


def _check_day(found: UnpackedDay, day: date, file: str) -> None:
    another = ""
    for _, body in found:
        killed_at = _head_of(body).killmail_time
        if isinstance(killed_at, str):
            if killed_at.startswith(day.isoformat()):
                return
            another = killed_at[:40]
    if not found.members:
        raise bad(day, file, "has no killmails in it")
    if another:
        count = len(found.members)
        raise bad(day, file, f"is of another day: none of its {count} killmails was on that day, the last at {another}")


def bad(day: date, file: str, why: str) -> BadArchiveError:
    """The error for an archive that is not to be used."""
    return BadArchiveError(
        f"EVE Ref's archive of {day} ({file}) {why}. It is not kept and nothing of it was loaded; the next run fetches "
        "it again. Until EVE Ref mends it, the day can be loaded from the history or from ESI."
    )


def _find_members(found: UnpackedDay, day: date, file: str) -> None:
    """Note every plain file of the tar; no more of them, and no larger ones, than a day has.

    The library would do it, but it keeps in memory whatever the headers of an archive hold.
    """
    next_name = ""
    for name, kind, start, size in _headers(found.tar, day, file):
        if kind in (_GNU_NAME, _PAX_HEADER):
            next_name = _name_in(found.tar, start, min(size, _LONGEST_NAME)) or next_name
            continue
        name, next_name = next_name or name, ""
        if kind not in _FILE:
            continue
        if size > LARGEST_BODY:
            raise bad(day, file, f"has a member of {megabytes(size)} ({name[-40:]}), which no killmail has")
        if len(found.members) == MOST_BODIES:
            raise bad(day, file, f"has more than {MOST_BODIES:,} members, which no day has")
        found.members.append((name, start, size))


def _name_in(tar: BinaryIO, start: int, size: int) -> str:
    """The name in a member of GNU's or pax's kind; empty where it holds none."""
    tar.seek(start)
    text = tar.read(size)
    path = _PAX_PATH.search(text)
    name = path[1] if path else b"" if b"=" in text else text.rstrip(b"\0")
    return name.decode("utf-8", "replace")


def _headers(tar: BinaryIO, day: date, file: str) -> Iterator[tuple[str, bytes, int, int]]:
    """(name, kind, where its bytes start, how many they are) of every member of a tar."""
    length = tar.seek(0, os.SEEK_END)
    at = 0
    while True:
        tar.seek(at)
        header = tar.read(_BLOCK)
        if header == _END:
            return
        if len(header) < _BLOCK:
            raise bad(day, file, f"is cut off: its tar has no end after {length} bytes")
        kind = header[156:157]
        try:
            size = 0 if kind in _EMPTY else int(header[124:136].rstrip(b" \0"), 8)
            checksum = int(header[148:156].rstrip(b" \0"), 8)
        except ValueError:
            raise bad(day, file, f"is corrupted: there is no tar header at byte {at}") from None
        if checksum != sum(header) - sum(header[148:156]) + 8 * ord(" "):
            raise bad(day, file, f"is corrupted: the checksum of the tar header at byte {at} is wrong")
        start = at + _BLOCK
        if size < 0 or start + size > length:
            raise bad(day, file, f"is cut off within the member at byte {at}")
        yield header[:100].rstrip(b"\0").decode("utf-8", "replace"), kind, start, size
        at = start + -(-size // _BLOCK) * _BLOCK


def _stem(name: str) -> str:
    """`123` of `killmails/123.json`."""
    return name.rpartition("/")[2].removesuffix(".json")


def _head_of(body: bytes) -> _Head:
    """Time and hash in a body; an empty head where it cannot be read, which the transform then finds, too."""
    try:
        return _read_head(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Head()
