"""CCP's static data export: which build is the newest, and its zip as a file.

Facts: a line of JSON has the number of the newest build; the zip lies at an address of its own, to which the one
of the "latest" redirects. It is a hundred megabytes, so it comes in pieces, and a broken download goes on where it
ended.
"""

from __future__ import annotations

import logging
import re
import shutil
from datetime import datetime
from functools import partial as partial_function
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import urljoin, urlsplit

import msgspec
import requests

from killmart.errors import UpstreamError
from killmart.model.static_data import Build
from killmart.sources.bounds import LARGEST_BODY, LARGEST_STATIC_DATA, megabytes
from killmart.sources.http import answered, unreachable, what_came
from killmart.sources.retry import with_retries
from killmart.sources.transport.bound import beginning_of, size_of
from killmart.sources.transport.session import PoliteSession
from killmart.sources.transport.urls import shown

log = logging.getLogger(__name__)

NAME = "sde"
LATEST_BUILD = "/static-data/tranquility/latest.jsonl"
LATEST_ARCHIVE = "/static-data/eve-online-static-data-latest-jsonl.zip"
SDE_PIECE_BYTES = 8 << 20
MAX_STARTS = 3
MAX_REDIRECTS = 3
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18})")


class _BuildLine(msgspec.Struct):
    key: str = msgspec.field(name="_key")
    build_number: int | None = msgspec.field(name="buildNumber", default=None)
    release_date: datetime | None = msgspec.field(name="releaseDate", default=None)


_BUILD_LINE = msgspec.json.Decoder(_BuildLine)


def build_of(text: bytes) -> Build | None:
    """The build that JSON Lines name in their record `sde`; None where there is none in them."""
    for line in text[:LARGEST_BODY].splitlines():
        try:
            record = _BUILD_LINE.decode(line)
        except msgspec.MsgspecError:
            continue
        if record.key == "sde" and record.build_number is not None:
            return Build(record.build_number, record.release_date)
    return None


class Sde:
    """The static data at `base_url`; `session` is one with a spool that a whole zip fits into."""

    def __init__(self, session: PoliteSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url

    def latest(self) -> Build:
        """The newest build; raises UpstreamError where it is not to be had."""
        url = self._base_url + LATEST_BUILD

        def ask() -> requests.Response:
            response = self._session.get(url)
            if response.status_code == 200 and build_of(response.content) is None:
                raise requests.exceptions.InvalidJSONError(what_came(response))
            return response

        try:
            response = with_retries(ask)
        except requests.exceptions.InvalidJSONError as error:
            raise UpstreamError(
                f"{shown(url)} names no build of the static data: it {error}. The data loaded last stays. "
                "If this goes on, look at the connection sde in Airflow."
            ) from None
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error
        build = build_of(response.content) if response.status_code == 200 else None
        if build is None:
            raise _refused(url, response)
        return build

    def download(self, target: Path) -> None:
        """Put the newest zip at `target`, all of it or nothing.

        It comes in pieces; one that breaks off is asked for again, and all of them where upstream has another file
        meanwhile. Raises UpstreamError where it is refused, too large, or keeps breaking.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        try:
            for _ in range(MAX_STARTS):
                with partial.open("wb") as file:
                    size = self._download(file)
                if size is not None:
                    partial.replace(target)
                    log.info("the zip of the static data is here, %d bytes", size)
                    return
                log.info("the zip of the static data changed while it was fetched; starting over")
        except requests.exceptions.ContentDecodingError as error:
            raise UpstreamError(
                f"{shown(self._base_url + LATEST_ARCHIVE)} gave no zip: it {error}. The static data loaded last stays, "
                "the next run tries again. If this goes on, look at the connection sde in Airflow."
            ) from None
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error
        finally:
            partial.unlink(missing_ok=True)
        raise UpstreamError(
            f"{shown(self._base_url + LATEST_ARCHIVE)} changed {MAX_STARTS} times while it was fetched; the static "
            "data loaded last stays, the next run tries again."
        )

    def _download(self, file: BinaryIO) -> int | None:
        """Write piece after piece; returns the bytes in all, or None where they are not of one file."""
        url = self._base_url + LATEST_ARCHIVE
        size = 0
        version = None
        while True:
            response = with_retries(partial_function(self._piece, url, size))
            url = response.url  # where the redirect led: the same build, whatever is the newest by then
            piece = _Piece.of(response)
            if piece is None:
                raise _refused(url, response)
            if size and (piece.first != size or piece.version != version):
                return None
            version = piece.version
            size += size_of(response)
            if max(size, piece.total) > LARGEST_STATIC_DATA:
                raise UpstreamError(
                    f"The static data is larger than {megabytes(LARGEST_STATIC_DATA)}, which it never was; the data "
                    "loaded last stays. Look at the connection sde in Airflow."
                )
            shutil.copyfileobj(response.raw, file)
            if size >= piece.total:
                return size

    def _piece(self, url: str, first: int) -> requests.Response:
        """The answer with the bytes from `first` on, behind redirects, which may not lead to another host."""
        headers = {"Range": f"bytes={first}-{first + SDE_PIECE_BYTES - 1}", "Accept-Encoding": "identity"}
        origin = urlsplit(url)[:2]
        for _ in range(MAX_REDIRECTS + 1):
            response = self._session.get(url, headers=headers, stream=True)
            if response.status_code not in (301, 302, 303, 307, 308):
                is_empty = response.status_code == 206 and not size_of(response)
                if is_empty or (first == 0 and response.ok and beginning_of(response, 2) != b"PK"):
                    raise requests.exceptions.ContentDecodingError(what_came(response))
                return response
            url = urljoin(url, response.headers.get("Location", ""))
            if urlsplit(url)[:2] != origin:
                raise _refused(self._base_url + LATEST_ARCHIVE, response)
        raise UpstreamError(f"{shown(url)} redirects without end; the static data loaded last stays.")


class _Piece(NamedTuple):
    """Which bytes an answer has: from `first` on, of `total`, of the file in this version."""

    first: int
    total: int
    version: str | None

    @classmethod
    def of(cls, response: requests.Response) -> _Piece | None:
        """What the headers say; None where there is no piece. Who knows no ranges sends the whole file."""
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        if response.status_code == 200:
            return cls(0, size_of(response), version)
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status_code != 206 or found is None:
            return None
        return cls(int(found[1]), int(found[2]), version)


def _refused(url: str, response: requests.Response) -> UpstreamError:
    return UpstreamError(
        f"{shown(url)} {answered(NAME, response)}; the static data loaded last stays, the next run tries again. "
        "If this goes on, look at the connection sde in Airflow."
    )
