"""Reads EVE Ref's archive of a day: the whole file decompressed at once, then a small walk over the tar headers.

Measured (performance.md): a third of the CPU time of `tarfile` streaming. The price is one raw day in memory, 15 to
64 MB, given back when the reader is through.
"""

from __future__ import annotations

import bz2
import io
import tarfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from killmart.errors import UpstreamError
from killmart.model.days import DayBody
from killmart.sources.days import number_of

LARGEST_DAY = 1 << 30
"""Bytes of a day once unpacked; more is no day of killmails, but a mistake or an attack."""
_BLOCK = 512
_END = bytes(_BLOCK)
_FILE, _FOLDER = frozenset((b"0", b"\0")), b"5"


class BadArchiveError(UpstreamError):
    """The archive of a day is damaged, empty or of another day; the message names day and file.

    It was not kept, and nothing of it was used. The day is to be had from another source, or from EVE Ref once it
    is written anew there.
    """


class _Head(msgspec.Struct):
    killmail_time: Any = None
    killmail_hash: Any = None


_read_head = msgspec.json.Decoder(_Head).decode


def bodies_in(content: bytes, day: date, file: str) -> Iterator[DayBody]:
    """Every body in the tar `content`, as it lies there; raises BadArchiveError where its structure is broken.

    EVE Ref's two keys (killmail_hash, http_last_modified) stay in the body: cutting them out would copy it anew, and
    the transform knows them.
    """
    for name, body in _members(content, day, file):
        head = _head_of(body)
        killmail_hash = head.killmail_hash.strip() if isinstance(head.killmail_hash, str) else ""
        yield DayBody(number_of(_stem(name)), killmail_hash or None, body)


def unpacked(packed: bytes, day: date, file: str) -> bytes:
    """The tar of an archive, checked: whole, with members, and at least one of them killed on that day.

    Raises BadArchiveError saying which of these it is not.
    """
    content = _decompressed(packed, day, file)
    members = 0
    is_of_day = False
    another = ""
    for _, body in _members(content, day, file):
        members += 1
        if not is_of_day:
            killed_at = _head_of(body).killmail_time
            if isinstance(killed_at, str):
                is_of_day = killed_at.startswith(day.isoformat())
                another = killed_at
    if not members:
        raise bad(day, file, "has no killmails in it")
    if another and not is_of_day:
        raise bad(
            day, file, f"is of another day: none of its {members} killmails was on that day, the last at {another}"
        )
    return content


def bad(day: date, file: str, why: str) -> BadArchiveError:
    """The error for an archive that is not to be used."""
    return BadArchiveError(
        f"EVE Ref's archive of {day} ({file}) {why}. It is not kept and nothing of it was loaded; the next run fetches "
        "it anew. Until EVE Ref mends it, the day can be had from the history or from ESI."
    )


def _decompressed(packed: bytes, day: date, file: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while packed or not parts:  # several streams in one file are one text
        decompressor = bz2.BZ2Decompressor()
        try:
            part = decompressor.decompress(packed, LARGEST_DAY - size + 1)
        except (OSError, EOFError) as error:
            raise bad(day, file, f"is corrupted ({error})") from None
        size += len(part)
        if size > LARGEST_DAY:
            raise bad(day, file, f"unpacks to more than {LARGEST_DAY >> 20} MB, which no day does")
        if not decompressor.eof:
            raise bad(day, file, f"is cut off after {len(packed)} bytes")
        parts.append(part)
        packed = decompressor.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _members(content: bytes, day: date, file: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every plain file in a tar."""
    for name, kind, start, size in _headers(content, day, file):
        if kind in _FILE:
            yield name, content[start : start + size]
        elif kind != _FOLDER:  # long names and the like, which EVE Ref has no need for: let the library read them
            yield from _members_by_library(content[start - _BLOCK :], day, file)
            return


def _headers(content: bytes, day: date, file: str) -> Iterator[tuple[str, bytes, int, int]]:
    """(name, kind, where its bytes start, how many they are) of every member of a tar."""
    at = 0
    while (header := content[at : at + _BLOCK]) != _END:
        if len(header) < _BLOCK:
            raise bad(day, file, f"is cut off: its tar has no end after {len(content)} bytes")
        try:
            size = int(header[124:136].rstrip(b" \0"), 8)
            checksum = int(header[148:156].rstrip(b" \0"), 8)
        except ValueError:
            raise bad(day, file, f"is corrupted: there is no tar header at byte {at}") from None
        if checksum != sum(header) - sum(header[148:156]) + 8 * ord(" "):
            raise bad(day, file, f"is corrupted: the checksum of the tar header at byte {at} is wrong")
        start = at + _BLOCK
        if start + size > len(content):
            raise bad(day, file, f"is cut off within the member at byte {at}")
        yield header[:100].rstrip(b"\0").decode("utf-8", "replace"), header[156:157], start, size
        at = start + -(-size // _BLOCK) * _BLOCK


def _members_by_library(content: bytes, day: date, file: str) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                opened = archive.extractfile(member) if member.isreg() else None
                if opened is not None:
                    yield member.name, opened.read()
    except tarfile.TarError as error:
        raise bad(day, file, f"is corrupted ({error})") from None


def _stem(name: str) -> str:
    """`123` of `killmails/123.json`."""
    return name.rpartition("/")[2].removesuffix(".json")


def _head_of(body: bytes) -> _Head:
    """Time and hash in a body; an empty head where it cannot be read, which the transform then finds, too."""
    try:
        return _read_head(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Head()
