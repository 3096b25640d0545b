"""How large and how many: the bounds of whatever comes packed or as a file, checked before memory or disk is taken.

Every source that unpacks keeps to them: EVE Ref's archives and prices, raw days of the history, CCP's static data. Real
days have 10,700 to 17,900 killmails, unpack to 15 to 64 MB and come as 2 to 4 MB; no day that is known had 60,000
killmails, and the largest known killmail, of 982 attackers, has 163 KB. The bounds are some four times the most of
that, so that no real file meets them.
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

LARGEST_PACKED = 32 << 20
"""Bytes of the archive of a day, as it is fetched."""
LARGEST_DAY = 256 << 20
"""Bytes of a day's file once unpacked; so much lies on disk, while one body is in memory."""
LARGEST_PRICES = 64 << 20
"""Bytes of a day's prices once unpacked; ten times what the largest day has."""
LARGEST_STATIC_DATA = 256 << 20
"""Bytes of the zip of the static data; two and a half times what it has."""
LARGEST_TABLE = 512 << 20
"""Bytes of one of its tables once unpacked."""
MOST_ROWS = 1_000_000
"""Lines of one of its tables, and rows in them; ten times what the largest has."""
LARGEST_BODY = 1 << 20
"""Bytes of one killmail, and of one line of a table."""
MOST_BODIES = 100_000
"""Killmails of a day, and entries of a list."""
LARGEST_REFUSED = 64 << 20
"""Bytes that the file of one day may put into quarantine: as much as the largest real day has in all."""

_STEP = 64 << 10
"""Packed bytes that are read at once."""
PIECE = 1 << 20
"""Unpacked bytes that are made at once."""


class TooLargeError(ValueError):
    """More than a bound allows; the message says how much of what, as the end of a sentence about a file."""


class CutOffError(ValueError):
    """What is packed ends before its end; the message says after how many bytes."""


def unbzipped(packed: BinaryIO, most: int) -> Iterator[bytes]:
    """Pieces of what is packed in one or several bzip2 streams, `most` bytes in all.

    Raises TooLargeError, CutOffError, and ValueError where it is no bzip2.
    """
    taken = made = 0
    rest = b""
    while given := rest or packed.read(_STEP):
        taken += 0 if rest else len(given)
        unpacker = bz2.BZ2Decompressor()
        while True:
            try:
                piece = unpacker.decompress(given, PIECE)
            except OSError as error:
                raise ValueError(f"is no bzip2 ({error})") from None
            made += len(piece)
            if made > most:
                raise TooLargeError(f"unpacks to more than {megabytes(most)}")
            if piece:
                yield piece
            if unpacker.eof:
                break
            given = packed.read(_STEP) if unpacker.needs_input else b""
            taken += len(given)
            if unpacker.needs_input and not given:
                raise CutOffError(f"is cut off after {taken} bytes")
        rest = unpacker.unused_data
    if not taken:
        raise CutOffError("is cut off after 0 bytes")


def refuse_many(content: bytes, values: int = 1) -> None:
    """Raise TooLargeError for JSON with more entries, of `values` each, than any list has, before they are made."""
    if content.count(b",") >= MOST_BODIES * values:  # between any two values is a comma
        raise TooLargeError(f"has more than {MOST_BODIES:,} entries")


def unnamed_file(folder: Path) -> BinaryIO:
    """A file in `folder` that has no name and is gone when nobody holds it, however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    return TemporaryFile(dir=folder, buffering=_STEP)  # type: ignore[return-value]


def megabytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / (1 << 20):,.0f} MB"
