"""Cloned days as EVE Ref and the history publish them: files in a folder, made once and kept, served over HTTP.

A day takes some four seconds of work, most of them bz2, and 2 MB. The folder is another one where the clones are.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

from bench.clones import cloned_day, day_of
from support import realdata, servers

_CODE = ("bench/clones.py", "bench/published.py")


@contextmanager
def upstreams(numbers: Sequence[int], most: int | None = None) -> Iterator[dict[str, str]]:
    """Serve cloned days, `most` kills of each; yields the environment in which a command asks for them.

    `numbers` are those of bench.clones. Nothing else is there: prices and static data have to be loaded before.
    """
    folder = _folder(most)
    _publish(folder, numbers, most)
    handler: Any = type("Files", (_Files,), {"folder": folder})
    with servers.handled(handler) as port:
        url = f"http://127.0.0.1:{port}"
        yield {
            "AIRFLOW_CONN_R2Z2": f"{url}/r2z2",
            "AIRFLOW_CONN_EVEREF": f"{url}/everef",
            "AIRFLOW_CONN_ESI": f"{url}/esi",
            "AIRFLOW_CONN_SDE": f"{url}/sde",
            "KILLMART_R2Z2_RATE": "1000",
            "KILLMART_EVEREF_RATE": "1000",
        }


class _Files(SimpleHTTPRequestHandler):
    """Serves a folder, with Last-Modified, so that a version of a file can be told from the next."""

    protocol_version = "HTTP/1.1"
    folder: ClassVar[Path]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=str(self.folder))


def archive_path(folder: Path, day: date) -> Path:
    """Where EVE Ref keeps the archive of a day, and keeps it here."""
    return folder / "everef" / "killmails" / str(day.year) / f"killmails-{day}.tar.bz2"


def list_path(folder: Path, day: date) -> Path:
    """Where the history keeps the list of a day."""
    return folder / "r2z2" / "history" / f"{day:%Y%m%d}.json"


def _folder(most: int | None) -> Path:
    digest = hashlib.sha256(f"{most}".encode())
    for name in _CODE:
        digest.update((Path(__file__).parents[1] / name).read_bytes())
    for day in realdata.DAYS:
        digest.update(realdata.day_archive_path(day).read_bytes())
    return cache_folder() / f"days-{digest.hexdigest()[:12]}"


def cache_folder() -> Path:
    """Where benchmarks keep what is made once."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "killmart" / "bench"


def _publish(folder: Path, numbers: Sequence[int], most: int | None) -> None:
    """Make what is missing, with a process for each core, and say how many killmails each day of the folder has."""
    missing = [number for number in numbers if not list_path(folder, day_of(number)).is_file()]
    if missing:
        print(f"{len(missing)} days are cloned into {folder}, once", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(_write, folder, most), missing))
    lists = sorted((folder / "r2z2" / "history").glob("2*.json"))
    totals = json.dumps({path.stem: len(json.loads(path.read_bytes())) for path in lists}).encode()
    _put(folder / "r2z2" / "history" / "totals.json", totals)
    _put(folder / "everef" / "killmails" / "totals.json", totals)


def _write(folder: Path, most: int | None, number: int) -> None:
    """Write archive and list of a day, the list last: where it is, the day is whole."""
    day, kills = cloned_day(number, most)
    packed, hashes = io.BytesIO(), {}
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for killmail_id, killmail_hash, content in kills:
            member = tarfile.TarInfo(f"killmails/{killmail_id}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
            hashes[killmail_id] = killmail_hash
    _put(archive_path(folder, day), bz2.compress(packed.getvalue()))
    _put(list_path(folder, day), json.dumps(hashes).encode())


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that says the same already stays, so that its version does, too."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
