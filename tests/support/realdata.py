"""Reads the real killmails that lie beside the project in `../shared/data`; nothing of Killmart is used.

The files are CCP's data and no part of the project, so a test that reads them is marked `@needs_realdata`, or
`@needs_days` where whole days are enough, which `make test-data` fetches; it skips with a reason where they are absent.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support import archives

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FETCHED = archives.FOLDER
"""Where `make test-data` puts what is public of it."""
ABSENT = "the real killmails (../shared/data beside the project) are not here"
"""Why nothing can be made of them where they are absent."""
DAYS = ("2021-11-29", "2021-12-02")
"""The UTC days of which a whole EVE Ref archive is there."""

Json = dict[str, Any]

needs_realdata = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="The real killmails (../shared/data beside the project) are not here, and nobody publishes these.",
)


def has_days() -> bool:
    """Whether the archives of all `DAYS` are here."""
    return all(day_archive_path(day).is_file() for day in DAYS)


def day_archive_path(day: str) -> Path:
    """Return where the EVE Ref archive of a UTC day (`2021-11-29`) lies, for a test that serves or reads it whole."""
    shared = archives.path_of(day, DATA)
    return shared if shared.is_file() else archives.path_of(day, FETCHED)


needs_days = pytest.mark.skipif(
    not has_days(), reason="The archives of two real days are neither in ../shared/data nor fetched: make test-data"
)


class RealKill(NamedTuple):
    """One killmail as EVE Ref keeps it: the bytes as they lie in the file, and the same parsed."""

    text: bytes
    body: Json


class ZkbPackage(NamedTuple):
    """One package of a zKillboard feed, whatever its shape: ids and hash, the zkb block, perhaps the ESI body."""

    kind: str
    killmail_id: int
    killmail_hash: str
    zkb: Json
    body: Json | None
    text: bytes
    """The package as it was received (all of `data`, not the body alone)."""


def edge_cases() -> Iterator[RealKill]:
    """Yield 331 real kills of 2021, each odd in some way; see `edge_case_tags`."""
    return _lines(DATA / "killmails" / "everef_edge_cases.jsonl.gz")


def edge_case_tags() -> dict[int, list[str]]:
    """Return what is odd about each of `edge_cases`, by killmail id."""
    tags: dict[str, list[str]] = json.loads((DATA / "killmails" / "everef_edge_cases.tags.json").read_bytes())
    return {int(killmail_id): names for killmail_id, names in tags.items()}


def corpus() -> Iterator[RealKill]:
    """Yield 106 real kills of the years 2008 to 2026."""
    return _lines(DATA / "killmails" / "corpus_2008_2026.jsonl.gz")


def ccp_verified() -> Iterator[RealKill]:
    """Yield the two kills whose hash is the text `CCP VERIFIED`."""
    return _lines(DATA / "killmails" / "ccp_verified.jsonl.gz")


def day_archive(day: str) -> Iterator[RealKill]:
    """Yield every kill of the EVE Ref archive of a UTC day in `DAYS`, over 10,000 of them."""
    with _unpacked(day) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:  # None is a folder
                text = file.read()
                yield RealKill(text, json.loads(text))


def kills_of(day: str) -> int:
    """How many kills `day_archive` yields, without reading them."""
    with _unpacked(day) as archive:
        return sum(member.isfile() for member in archive)


def _unpacked(day: str) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(_decompressed(day_archive_path(day))))


@lru_cache(maxsize=len(DAYS))
def _decompressed(archive: Path) -> bytes:
    """A whole archive, kept: taking it apart costs seconds, and a dozen tests want it."""
    return bz2.decompress(archive.read_bytes())


def zkb_packages() -> Iterator[ZkbPackage]:
    """Yield the 13 real packages of RedisQ, R2Z2, the zKillboard API and websocket, 2018 to 2026."""
    for line in (DATA / "killmails" / "zkb_packages.jsonl").read_bytes().splitlines():
        entry = json.loads(line)
        text = line[line.index(b'"data":') + len(b'"data":') : line.rindex(b"}")].strip()  # `data` is the last key
        package = entry["data"].get("package", entry["data"])
        embedded = package.get("esi") or package.get("killmail")
        if embedded is None and "victim" in package:  # the API and the websocket put zkb into the body
            embedded = {name: value for name, value in package.items() if name != "zkb"}
        killmail_id = package.get("killID") or package["killmail_id"]
        yield ZkbPackage(entry["kind"], killmail_id, package["zkb"]["hash"], package["zkb"], embedded, text)


def _lines(path: Path) -> Iterator[RealKill]:
    with gzip.open(path, "rb") as file:
        for line in file:
            text = line.strip()
            yield RealKill(text, json.loads(text))
