"""`make test-data`: fetches the public day archives that tests read where ../shared is not there.

Into `.test-data`, which git ignores: the killmails are CCP's data and no part of the project. A file is kept only if it
is the one that the tests were written for, by its SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import requests

SOURCE = "https://data.everef.net/killmails"
FOLDER = Path(__file__).parents[2] / ".test-data"
ARCHIVES = {
    "2021-11-29": "e162b3ae46531c170b2c57f2f0311d7bd41350931a62e2f9e6d3351e7e7d450c",
    "2021-12-02": "078a854dfe6e244d2c0c54faec7b488b9f66bb23dba4dd9b63d51751c34c1d0a",
}
"""The SHA-256 of EVE Ref's archive of each UTC day."""
_SECONDS = 60
"""How long the source may be silent."""


class Refused(Exception):
    """An archive that was not kept; a sentence for people."""


def path_of(day: str, folder: Path = FOLDER) -> Path:
    """Where the archive of a UTC day (`2021-11-29`) lies once it is fetched, below `everef` as in ../shared/data."""
    return folder / "everef" / f"killmails-{day}.tar.bz2"


def is_whole(path: Path, digest: str) -> bool:
    """Whether the file is there, and the one that is wanted."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def fetch(day: str, source: str = SOURCE, folder: Path = FOLDER) -> bool:
    """Fetch the archive of a day, False where it was there; raises Refused where it cannot be had or is another one."""
    path, digest = path_of(day, folder), ARCHIVES[day]
    if is_whole(path, digest):
        return False
    url = f"{source}/{day[:4]}/{path.name}"
    try:
        answer = requests.get(url, timeout=_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise Refused(f"{url} could not be fetched: {error}") from error
    if (found := hashlib.sha256(answer.content).hexdigest()) != digest:
        raise Refused(
            f"{url} has the SHA-256 {found}, the tests were written for {digest}: it was not kept, and tests that need "
            "it stay skipped. EVE Ref may have packed the day again."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(answer.content)
    part.replace(path)
    return True


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make test-data", description=__doc__)
    parser.add_argument("--from", dest="source", default=SOURCE, metavar="URL", help=f"instead of {SOURCE}")
    parser.add_argument(
        "--into", dest="folder", type=Path, default=FOLDER, metavar="FOLDER", help="instead of .test-data"
    )
    given = parser.parse_args(arguments)
    code = 0
    for day in ARCHIVES:
        try:
            is_new = fetch(day, given.source.rstrip("/"), given.folder)
        except Refused as refused:
            print(f"test-data: {refused}", file=sys.stderr)
            code = 1
        else:
            print(f"test-data: {path_of(day, given.folder)} {'fetched' if is_new else 'is there'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
