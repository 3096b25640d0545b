"""EVE Ref's archives: the bodies of every UTC day since 2007-12-05, fetched once per version and checked before use.

Facts: ~3 MB a day, rewritten in place when late kills arrive, so the ETag shows whether the kept file still counts; two
requests at a time (it answered 429 to 8), which is for the session to keep.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import date
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import requests

from killmart.errors import KillmartError, UpstreamError
from killmart.model.days import DayArchive, DayBody
from killmart.model.market import DayPrices
from killmart.sources.bounds import LARGEST_PACKED, megabytes
from killmart.sources.days import Parsed, ask, read_totals
from killmart.sources.everef_archive import BadArchiveError, UnpackedDay, bad, bodies_in, unpacked
from killmart.sources.market import history_route, read_history
from killmart.sources.transport.session import PoliteSession

__all__ = ["BadArchiveError", "EveRef"]

log = logging.getLogger(__name__)

NAME = "everef"
ARCHIVES_AT_ONCE = 2
"""Requests at a time, by all workers together."""
PIECE_BYTES = 4 << 20
"""What one request asks for at most: a usual day is one request, and a broken one is resumed at such a border."""
KEEP_BYTES = 1 << 30
"""Bytes of archives that are kept for another use: about a year of days."""
IN_USE_SECONDS = 600.0
"""A file used this recently may be about to be read by another process; it is not pruned."""
_STARTS = 3
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


class EveRef:
    """EVE Ref at `base_url`; archives are kept in `folder`, which processes of an installation share.

    For one thread. Where others may fetch the same day at once, `alone` gives a lock by its name to be held meanwhile.
    """

    def __init__(
        self,
        session: PoliteSession,
        base_url: str,
        folder: Path,
        *,
        alone: Callable[[str], AbstractContextManager[object]] = nullcontext,
        keep_bytes: int = KEEP_BYTES,
        piece_bytes: int = PIECE_BYTES,
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._folder = folder
        self._alone = alone
        self._keep_bytes = keep_bytes
        self._piece_bytes = piece_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, "The archives of EVE Ref", error) from error
        self._fresh: tuple[Path, UnpackedDay] | None = None
        self.counter = session.counter

    def totals(self) -> dict[date, int]:
        """How many kills each day's archive has. Raises UpstreamError."""
        return self._ask("GET", "/killmails/totals.json", lambda response: read_totals(response.content)) or {}

    def market_history(self, day: date) -> DayPrices | None:
        """What types cost in The Forge on a day; None where there is no file. Raises UpstreamError."""
        return self._ask("GET", history_route(day), lambda response: read_history(day, response.content))

    def archive(self, day: date) -> DayArchive | None:
        """The newest archive of a day, fetched unless it is kept already; None where there is none.

        Raises BadArchiveError where it is damaged, empty, of another day or beyond all bounds, UpstreamError where it
        cannot be fetched, KillmartError where it cannot be written.
        """
        self._fresh = None
        try:
            with self._alone(f"everef archive of {day}"):
                return self._newest(day)
        except OSError as error:
            raise _unwritable(self._folder, f"EVE Ref's archive of {day}", error) from error

    def _newest(self, day: date) -> DayArchive | None:
        for _ in range(_STARTS):
            version = self._ask("HEAD", _route(day), _Version.of)
            if version is None:
                return None
            if version.size > LARGEST_PACKED:
                size, most = megabytes(version.size), megabytes(LARGEST_PACKED)
                raise bad(day, _route(day), f"is announced with {size}, and none has more than {most}")
            try:
                return self._kept(day, version) or self._fetched(day, version)
            except _Changed:
                log.info("EVE Ref's archive of %s changed while it was fetched; starting over", day)
        raise UpstreamError(
            f"EVE Ref's archive of {day} ({_route(day)}) changed {_STARTS} times while it was fetched; what is loaded "
            "stays, the next run tries again."
        )

    def bodies(self, archive: DayArchive) -> Iterator[DayBody]:
        """Every body in an archive, members that cannot be read included; the unpacked day lies on disk meanwhile.

        Raises BadArchiveError where the file went bad since it was fetched; it is removed then.
        """
        fresh, self._fresh = self._fresh, None
        found = fresh[1] if fresh is not None and fresh[0] == archive.path else self._read(archive)
        del fresh
        yield from bodies_in(found)

    def prune(self) -> int:
        """Remove what was not used for longest until `keep_bytes` are left; returns the number of files removed."""
        files = []
        for path in self._folder.glob("killmails-*"):
            with suppress(FileNotFoundError):  # another process has renamed or removed it meanwhile
                files.append(((found := path.stat()).st_mtime, found.st_size, path))
        files.sort()
        excess = sum(size for _, size, _ in files) - self._keep_bytes
        removed = 0
        for used_at, size, path in files:
            if excess <= 0 or used_at > time.time() - IN_USE_SECONDS:
                break
            path.unlink(missing_ok=True)
            excess -= size
            removed += 1
        return removed

    def _kept(self, day: date, version: _Version) -> DayArchive | None:
        """The kept file of this version; it is marked as used."""
        path = self._path(day, version)
        try:
            if path.stat().st_size != version.size:
                return None
            os.utime(path)
        except FileNotFoundError:  # never fetched, or removed by another process just now
            return None
        return _archive(day, path, version)

    def _fetched(self, day: date, version: _Version) -> DayArchive:
        """Fetch, check, then put in place under the name of its version; of the day nothing else is kept."""
        path = self._path(day, version)
        part = path.with_name(path.name + ".part")
        is_resumed = part.exists()
        try:
            self._download(day, version, part)
            found = self._unpacked(day, part, path.name)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)  # on a full disk it is in the way, too
            raise
        except BadArchiveError:
            part.unlink(missing_ok=True)
            if is_resumed:  # what lay there may have been bad, and EVE Ref's file good
                return self._fetched(day, version)
            raise
        for other in self._folder.glob(f"killmails-{day}.*"):
            if other != path:
                other.unlink(missing_ok=True)
        self.prune()
        self._fresh = (path, found)
        return _archive(day, path, version)

    def _download(self, day: date, version: _Version, part: Path) -> None:
        """Append to `part` until it has all bytes of this version. Raises _Changed where there is another one."""
        with part.open("ab") as file:
            if file.tell() > version.size:
                file.truncate(0)
            while (at := file.seek(0, os.SEEK_END)) < version.size:
                last = min(at + self._piece_bytes, version.size) - 1
                headers = {"Range": f"bytes={at}-{last}", "If-Range": version.condition}
                piece = self._ask("GET", _route(day), partial(_piece, version, at), headers)
                if piece is None:
                    raise _Changed
                if piece.is_whole:
                    file.truncate(0)
                file.write(piece.content)
                file.flush()

    def _unpacked(self, day: date, path: Path, name: str) -> UnpackedDay:
        with path.open("rb") as packed:
            return unpacked(packed, day, name, self._folder)

    def _read(self, archive: DayArchive) -> UnpackedDay:
        try:
            return self._unpacked(archive.day, archive.path, archive.path.name)
        except BadArchiveError:
            archive.path.unlink(missing_ok=True)
            raise
        except OSError as error:
            raise KillmartError(
                f"The kept archive of {archive.day} ({archive.path.name}) cannot be read: {error.strerror}. Run the "
                "day again; it is fetched again if it is gone."
            ) from error

    def _path(self, day: date, version: _Version) -> Path:
        """Where this version is kept: its name has the ETag, so that the two never part."""
        return self._folder / f"killmails-{day}.{version.name}.tar.bz2"

    def _ask(
        self,
        method: str,
        route: str,
        parse: Callable[[requests.Response], Parsed],
        headers: dict[str, str] | None = None,
    ) -> Parsed | None:
        """One request, retried; None for 404."""
        url = self._base_url + route

        def send() -> requests.Response:
            return self._session.request(method, url, headers={"Accept-Encoding": "identity", **(headers or {})})

        return ask(NAME, url, send, parse)


class _Version(NamedTuple):
    """Which file lies under a day's address now."""

    etag: str
    last_modified: str
    size: int

    @classmethod
    def of(cls, response: requests.Response) -> _Version:
        """What HEAD says. Raises ValueError where that names no version."""
        etag, last_modified = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
        size = response.headers.get("Content-Length", "")
        if not (etag or last_modified) or not size.isdigit():
            raise ValueError("an answer without ETag and Last-Modified, or without Content-Length")
        return cls(etag, last_modified, int(size))

    @property
    def condition(self) -> str:
        """For If-Range, which knows strong ETags and times."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified or self.etag

    @property
    def name(self) -> str:
        """The version in 16 hex digits."""
        return blake2b("\n".join(map(str, self)).encode(), digest_size=8).hexdigest()

    def is_of(self, response: requests.Response) -> bool:
        """Whether an answer is of this version, as far as it says."""
        etag = response.headers.get("ETag", self.etag)
        return etag == self.etag and response.headers.get("Last-Modified", self.last_modified) == self.last_modified


class _Piece(NamedTuple):
    content: bytes
    is_whole: bool
    """Whether it is the whole file, from a server that knows no ranges."""


class _Changed(Exception):
    """Another version lies under the address than a moment ago."""


def _piece(version: _Version, at: int, response: requests.Response) -> _Piece:
    """The bytes from `at` on that an answer has. Raises _Changed; ValueError where the answer is not whole."""
    if not version.is_of(response):
        raise _Changed
    content = response.content
    if at == 0 and not content.startswith(b"BZh"):
        raise ValueError("no bzip2")
    if response.status_code == 200:
        if len(content) != version.size:
            raise ValueError(f"{len(content)} bytes where {version.size} are announced")
        return _Piece(content, is_whole=True)
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != at or int(found[2]) - at + 1 != len(content) or not content:
        raise ValueError(f"{len(content)} bytes that are not those from {at} on")
    if int(found[3]) != version.size:
        raise _Changed
    return _Piece(content, is_whole=False)


def _archive(day: date, path: Path, version: _Version) -> DayArchive:
    return DayArchive(day, path, version.etag, version.last_modified, version.size)


def _route(day: date) -> str:
    return f"/killmails/{day.year}/killmails-{day}.tar.bz2"


def _unwritable(folder: Path, what: str, error: OSError) -> KillmartError:
    return KillmartError(
        f"{what} cannot be kept in {folder}: {error.strerror or error}. Nothing of it was kept or loaded; see that the "
        "folder can be written to and that there is room, then run it again."
    )
