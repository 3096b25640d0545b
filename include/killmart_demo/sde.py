"""CCP's static data export over HTTP: the number of the newest build, and the zip of it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from killmart_demo.sde_tables import Tables, csv_tables, generated_tables
from killmart_demo.state import SimulatorState

BUILD = 3_000_001
RELEASE_DATE = "2026-10-01T11:14:43Z"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(frozen=True)
class Export:
    """One build of the static data; `archive` is its zip, of the same bytes for the same tables."""

    build_number: int
    tables: Tables = field(repr=False)

    @property
    def build_line(self) -> bytes:
        """The line that names the build."""
        return (
            msgspec.json.encode({"_key": "sde", "buildNumber": self.build_number, "releaseDate": RELEASE_DATE}) + b"\n"
        )

    @cached_property
    def archive(self) -> bytes:
        """The zip of all tables as JSON Lines."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (("_sde", self.build_line), *((n, _lines(table)) for n, table in self.tables.items())):
                member = zipfile.ZipInfo(f"{name}.jsonl", date_time=(2026, 10, 1, 11, 0, 0))
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, text)
        return buffer.getvalue()

    @property
    def path(self) -> str:
        """Where this very build lies, below `/static-data/`."""
        return f"tranquility/eve-online-static-data-{self.build_number}-jsonl.zip"


class StaticData:
    """What the simulator publishes now; made at the first request for it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @cached_property
    def current(self) -> Export:
        """The newest build; a test may put another one here."""
        return _generated() if self._folder is None else Export(BUILD + 1, csv_tables(self._folder))


@cache
def _generated() -> Export:
    return Export(BUILD, generated_tables())


def sde_router(state: SimulatorState, data: StaticData | None = None) -> APIRouter:
    """The routes of the static data, to be mounted under any prefix."""
    router = APIRouter()
    published = data or StaticData(state.config.sde)

    @router.get("/static-data/tranquility/latest.jsonl")
    def read_latest() -> Response:
        """The newest build as one line."""
        return Response(published.current.build_line, media_type="application/jsonl")

    @router.get("/static-data/eve-online-static-data-latest-jsonl.zip")
    def find_archive() -> Response:
        """A redirect to the zip of the newest build."""
        return Response(status_code=302, headers={"Location": published.current.path})

    @router.get("/static-data/tranquility/eve-online-static-data-{build_number}-jsonl.zip")
    def read_archive(build_number: int, request: Request) -> Response:
        """The zip, or those bytes of it that the caller wants."""
        if build_number != published.current.build_number:
            return Response(status_code=404)
        return _part(published.current.archive, f'"{build_number}"', request)

    return router


def _part(content: bytes, etag: str, request: Request) -> Response:
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None or request.headers.get("if-range", etag) != etag:
        return Response(content, media_type="application/zip", headers=headers)
    first = int(wanted[1])
    last = min(int(wanted[2] or len(content)), len(content) - 1)
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], status_code=206, media_type="application/zip", headers=headers)


def _lines(table: list[dict[str, object]]) -> bytes:
    return b"\n".join(msgspec.json.encode(line) for line in table) + b"\n"
