"""Writes the warehouse into a file or a folder, by pg_dump (docs/adr/0020-backup.md); `db.restore` reads it."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from killmart.db.engine import short_lived_engine
from killmart.db.locks import exclusive
from killmart.db.programs import FindProgram, ProgramFailed, Teller, work
from killmart.db.ranges import snapshot
from killmart.db.revisions import of_warehouse
from killmart.db.sql import sql
from killmart.errors import KillmartError
from killmart.timing import Progress, Stopwatch

_TABLE_BEGINS = re.compile(r'^pg_dump: dumping contents of table "(.+)"')


@dataclass(frozen=True)
class Backup:
    """A backup that is whole: where it is, of which revision, what is in it, its size, and the seconds it took."""

    file: str
    revision: str
    killmails: int
    tables: int
    bytes: int
    seconds: float


def back_up(url: str, find: FindProgram, file: str, jobs: int, progress: Progress) -> Backup:
    """Write the warehouse at `url` (SQLAlchemy's), as it is at this moment, to `file`.

    That is a folder where it ends with a slash or is one. Loads go on meanwhile. `jobs` processes write a folder, one
    writes a file. Nothing stands at `file` before it is whole; what stands there already is left alone. Raises
    KillmartError saying why there is no backup.
    """
    watch = Stopwatch()
    place, is_folder = _placed(file)
    form = ["--format=directory", f"--jobs={jobs}"] if is_folder else ["--format=custom"]
    with short_lived_engine(url) as engine, exclusive(engine, "backup", wait=False) as is_alone:
        if not is_alone:
            raise KillmartError("A backup of this warehouse is being written already: wait for it, or stop it first.")
        revision = _revision(engine)
        try:
            with _beside(place, is_folder) as part:
                killmails, tables = _dump(engine, find, [*form, f"--file={part}"], progress)
        except ProgramFailed as failure:
            raise _failed(place, str(failure)) from None
    return Backup(str(place), revision, killmails, tables, _bytes(place), round(watch.seconds, 1))


def _dump(engine: Engine, find: FindProgram, form: list[str], progress: Progress) -> tuple[int, int]:
    """Have pg_dump write one moment of the warehouse; returns how many killmails and tables it has.

    The ranges are held before that moment, since rows of one that is exchanged behind it would be in neither. And who
    opened the snapshot keeps it until pg_dump is done.
    """
    with snapshot(engine) as connection:
        name = connection.execute(sql("catalog/export_snapshot")).scalar_one()
        connection.execute(sql("catalog/keep_open"))
        tables = connection.execute(sql("catalog/select_tables_to_back_up")).all()
        left_out = [f"--exclude-table={table.name}" for table in tables if table.is_left_out]
        count = len(tables) - len(left_out)
        teller = Teller("backup", "tables", count, _TABLE_BEGINS, progress)
        work(find("pg_dump"), engine.url, [*form, *left_out, f"--snapshot={name}", "--verbose"], teller)
        teller.end()
        return connection.execute(sql("core/count_kills")).scalar_one(), count


def _revision(engine: Engine) -> str:
    with engine.connect() as connection:
        revisions = of_warehouse(connection.connection)
    if not revisions:
        raise KillmartError(
            f"There is no warehouse in the database {engine.url.database}, so there is nothing to back up: "
            "`python -m killmart migrate` makes one."
        )
    return max(revisions)


def _placed(file: str) -> tuple[Path, bool]:
    """Where `file` is, and whether that is or shall be a folder; raises KillmartError where something is there."""
    place = Path(file).expanduser().resolve()
    is_folder = file.endswith("/") or place.is_dir()
    _refuse_taken(place)
    return place, is_folder


def _refuse_taken(place: Path) -> None:
    if place.is_dir() and not any(place.iterdir()):
        return
    if os.path.lexists(place):
        what = "holds something" if place.is_dir() else "is there"
        raise KillmartError(
            f"{place} {what} already, and a backup overwrites nothing: name one that is not there yet, such as "
            f"{place / 'killmart.dump' if place.is_dir() else place.with_stem(place.stem + '-2')}."
        )


@contextmanager
def _beside(place: Path, is_folder: bool) -> Iterator[Path]:
    """A path to write to that becomes `place` at the end, or is removed where an error comes before.

    What one that was killed has left behind is removed first. Others must not read it: staging is in it.
    """
    part = place.with_name(f"{place.name}.part-{os.getpid()}")
    try:
        for left in place.parent.glob(f"{glob.escape(place.name)}.part-*"):
            _remove(left)
        if is_folder:
            part.mkdir(mode=0o700)
        else:
            part.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise KillmartError(
            f"No backup can be written to {place} ({error.strerror or error}): name a file in a folder that is there "
            "and that you may write to. The warehouse is as it was."
        ) from error
    try:
        yield part
        _refuse_taken(place)
        part.rename(place)
    except BaseException:
        _remove(part)
        raise
    _sync(place.parent)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the disk know what is called how in a folder; pg_dump has seen to the files themselves."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _bytes(place: Path) -> int:
    files = place.iterdir() if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files)


def _failed(place: Path, words: str) -> KillmartError:
    if "No space left on device" in words or "Disk quota exceeded" in words:
        return KillmartError(
            f"The disk of {place} is full ({words}): no backup was kept, and the warehouse is as it was. Free some "
            "space, or name a file elsewhere; then run this again."
        )
    return KillmartError(
        f"The backup to {place} failed ({words}): nothing of it was kept, and the warehouse is as it was. Run this "
        "again; if it fails again, that reason is to be mended."
    )
