"""Reads the zip of CCP's static data line by line; nothing but the current line is in memory."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from killmart.errors import UpstreamError
from killmart.model.static_data import (
    Build,
    Category,
    Constellation,
    Group,
    Region,
    SolarSystem,
    StaticRow,
    Type,
    TypeAttribute,
)
from killmart.sources.bounds import LARGEST_BODY, LARGEST_TABLE, MOST_ROWS, megabytes
from killmart.sources.sde import build_of

META_LEVEL, HEAT_DAMAGE, RIG_SIZE = 633, 1211, 1547
"""Attributes that are kept of the 2,800 that there are."""
_LARGEST_READ = 1 << 20

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_KEPT_ATTRIBUTES = frozenset((META_LEVEL, HEAT_DAMAGE, RIG_SIZE))
_Text = str | dict[str, Any] | None
_Line = TypeVar("_Line")


class _Position(msgspec.Struct):
    x: float | None = None
    y: float | None = None
    z: float | None = None


class _Named(msgspec.Struct):
    key: int = msgspec.field(name="_key")
    name: _Text = None


class _SystemLine(_Named, kw_only=True):
    constellation_id: int | None = msgspec.field(name="constellationID", default=None)
    region_id: int | None = msgspec.field(name="regionID", default=None)
    security: float | None = msgspec.field(name="securityStatus", default=None)
    security_class: str | None = msgspec.field(name="securityClass", default=None)
    position: _Position | None = None


class _GroupLine(_Named, kw_only=True):
    category_id: int | None = msgspec.field(name="categoryID", default=None)


class _TypeLine(_Named, kw_only=True):
    group_id: int | None = msgspec.field(name="groupID", default=None)


class _Attribute(msgspec.Struct):
    attribute_id: int = msgspec.field(name="attributeID")
    value: float


class _DogmaLine(msgspec.Struct):
    key: int = msgspec.field(name="_key")
    attributes: list[_Attribute] = msgspec.field(name="dogmaAttributes", default_factory=list)


class Archive:
    """The zip at `path`; every method raises UpstreamError naming the member that is missing or unreadable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def build(self) -> Build | None:
        """The build that the zip itself names, where it does."""
        try:
            with self._open("_sde.jsonl") as file:
                return build_of(file.read(LARGEST_BODY))
        except KeyError:
            return None
        except _UNREADABLE as error:
            raise _broken("_sde.jsonl", error) from error

    def tables(self) -> Iterator[tuple[type[StaticRow], Iterator[StaticRow]]]:
        """Every table that is kept, one after the other: the kind of its rows, and the rows."""
        yield Category, self._rows("categories", _Named, lambda line: [Category(line.key, _text(line))])
        yield Group, self._rows("groups", _GroupLine, lambda line: [Group(line.key, _text(line), line.category_id)])
        yield Type, self._rows("types", _TypeLine, lambda line: [Type(line.key, _text(line), line.group_id)])
        yield TypeAttribute, self._rows("typeDogma", _DogmaLine, _attributes)
        yield Region, self._rows("mapRegions", _Named, lambda line: [Region(line.key, _text(line))])
        yield (
            Constellation,
            self._rows("mapConstellations", _Named, lambda line: [Constellation(line.key, _text(line))]),
        )
        yield SolarSystem, self._rows("mapSolarSystems", _SystemLine, lambda line: [_system(line)])

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        """The member of that name, unpacked as it is read. Raises KeyError, and BadZipFile for what no table is."""
        with _Guarded(self._path) as file, zipfile.ZipFile(file) as archive:
            member = archive.getinfo(name)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack at one go
                raise zipfile.BadZipFile(f"it is packed by method {member.compress_type}, and should be deflated")
            if member.file_size > LARGEST_TABLE:
                raise zipfile.BadZipFile(f"it unpacks to {megabytes(member.file_size)}, and no table has that much")
            with archive.open(member) as unpacked:  # which ends at that size, whatever there is
                yield unpacked

    def _rows(self, table: str, kind: type[_Line], rows_of: Callable[[_Line], list[StaticRow]]) -> Iterator[StaticRow]:
        name = f"{table}.jsonl"
        decoder = msgspec.json.Decoder(kind)
        try:
            with self._open(name) as file:
                lines = rows = 0
                while line := file.readline(LARGEST_BODY):
                    lines += 1
                    found = [] if line.isspace() else rows_of(decoder.decode(line))
                    rows += len(found)
                    if max(lines, rows) > MOST_ROWS:
                        raise zipfile.BadZipFile(f"it has more than {MOST_ROWS:,} rows")
                    yield from found
        except (*_UNREADABLE, KeyError, msgspec.MsgspecError, UnicodeError) as error:
            raise _broken(name, error) from error


class _Guarded(io.FileIO):
    """A file of which nobody gets much at once: zipfile reads as large a directory as the zip says that it has."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = _LARGEST_READ
        if size > _LARGEST_READ:
            raise zipfile.BadZipFile(f"its directory has more than {megabytes(_LARGEST_READ)}")
        return super().read(size) or b""


def _text(line: _Named) -> str:
    """The English name; where there is none, another language's or the number."""
    name = line.name
    if isinstance(name, dict):
        name = name.get("en") or next((text for text in name.values() if text), None)
    return str(name) if name else f"#{line.key}"


def _system(line: _SystemLine) -> SolarSystem:
    position = line.position or _Position()
    return SolarSystem(
        line.key,
        _text(line),
        line.constellation_id,
        line.region_id,
        line.security,
        line.security_class,
        position.x,
        position.y,
        position.z,
    )


def _attributes(line: _DogmaLine) -> list[StaticRow]:
    return [
        TypeAttribute(line.key, attribute.attribute_id, attribute.value)
        for attribute in line.attributes
        if attribute.attribute_id in _KEPT_ATTRIBUTES
    ]


def _broken(member: str, error: Exception) -> UpstreamError:
    return UpstreamError(
        f"The zip of the static data cannot be read, {member} in it ({type(error).__name__}: {error}); it is thrown "
        "away, the data loaded last stays, and the next run fetches it again."
    )
