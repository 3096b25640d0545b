"""Files that mean harm: small as they come and huge once unpacked, or huge in what they announce or hold."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable

MEGABYTE = 1 << 20
_METHODS = {zipfile.ZIP_DEFLATED: 20, zipfile.ZIP_BZIP2: 46}


def zeros(megabytes: int) -> bytes:
    """A bzip2 of so many megabytes of nothing; of a gigabyte, it has some 1,300 bytes."""
    return bz2.compress(bytes(64 * MEGABYTE)) * (megabytes // 64)


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A bzip2 of a tar, a stream for each member: what members share is packed once."""
    packed: dict[bytes, bytes] = {}
    parts = []
    for member, body in members:
        member.size = member.size or len(body)
        padded = body + bytes(-len(body) % 512)
        packed[body] = packed.get(body) or bz2.compress(padded)
        parts += [bz2.compress(member.tobuf(tarfile.USTAR_FORMAT)), packed[body]]
    return b"".join((*parts, bz2.compress(bytes(1024))))


def members(count: int, body: bytes, first: int = 1) -> Iterable[tuple[tarfile.TarInfo, bytes]]:
    """`count` members of a day, all with one body."""
    return ((tarfile.TarInfo(f"killmails/{first + number}.json"), body) for number in range(count))


def tiny_bodies(millions: int, *, packed: bool = True) -> bytes:
    """The gzip of a raw day with so many million bodies of two bytes."""
    million = ",".join(f'"{number}":{{}}' for number in range(10**7, 10**7 + 10**6)).encode()
    parts = [b"{", *[million, b","] * (millions - 1), million, b"}"]
    if not packed:
        return b"".join(parts)
    squeezed = gzip.compress(million, 1)
    return b"".join(squeezed if part is million else gzip.compress(part) for part in parts)


def newlines(megabytes: int) -> bytes:
    """Raw deflate of so many megabytes of newlines."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    segment = packer.compress(b"\n" * (16 * MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return segment * (megabytes // 16) + packer.flush()


def zip_of(packed: dict[str, tuple[bytes, int, int]]) -> bytes:
    """A zip of members that are packed already: name: (bytes, method, size that it announces)."""
    parts, directory, at = [], [], 0
    for name, (content, method, size) in packed.items():
        head = struct.pack("<HHHHHIIIHH", _METHODS[method], 0, method, 0, 0, 0, len(content), size, len(name), 0)
        local = b"PK\3\4" + head + name.encode() + content
        directory.append(
            b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, at) + name.encode()
        )
        parts.append(local)
        at += len(local)
    central = b"".join(directory)
    end = struct.pack("<HHHHIIH", 0, 0, len(directory), len(directory), len(central), at, 0)
    return b"".join((*parts, central, b"PK\5\6", end))


def crowded_zip(count: int) -> bytes:
    """A zip of so many empty members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:060}", b"")
    return buffer.getvalue()
