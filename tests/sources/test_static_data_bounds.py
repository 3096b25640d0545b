"""A zip of static data that means harm ends in one sentence: the worker stays small, and nothing is left on disk."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from killmart.sources.bounds import LARGEST_STATIC_DATA
from killmart.sources.sde import LATEST_ARCHIVE, LATEST_BUILD
from support import hoards
from support.hoards import MEGABYTE
from support.installation import Installation
from support.scripted import Answer, Handler, Request, scripted
from support.worker import MOST_MEGABYTES, Done, run_worker

LOAD = """
from killmart.errors import KillmartError
from killmart.runtime import runtime_from_environment
from killmart.reference.static_data import load_static_data
try:
    load_static_data(runtime_from_environment())
except KillmartError as error:
    print("said:", error)
"""
BUILD = b'{"_key":"sde","buildNumber":7}'


def load(installation: Installation, archive: bytes, announced: int = 0, latest: bytes = BUILD) -> Done:
    """Load static data whose zip is this; it is announced with as many bytes as are given, or as it has."""

    def answer(request: Request, _: Handler) -> Answer:
        if request.path == LATEST_BUILD:
            return 200, latest
        assert request.path == LATEST_ARCHIVE
        return 200, archive, {"Content-Length": str(announced)} if announced else {}

    with scripted(answer) as upstream:
        environ = installation.environ(upstream.url) | {"AIRFLOW_CONN_SDE": upstream.url}
        return run_worker(LOAD, environ, most=LARGEST_STATIC_DATA)


def with_tables(name: str, content: bytes, method: int, size: int) -> bytes:
    """A zip whose member `name` is packed already; the others come later and are never reached."""
    return hoards.zip_of({name: (content, method, size)})


def plain(name: str, content: bytes, method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


HOARDS = {
    "three gigabytes": (
        lambda: with_tables("categories.jsonl", hoards.newlines(3072), zipfile.ZIP_DEFLATED, 3 << 30),
        r"categories.jsonl in it \(BadZipFile: it unpacks to 3,072 MB, and no table has that much\)",
    ),
    "three gigabytes that say half a one": (
        lambda: with_tables("categories.jsonl", hoards.newlines(3072), zipfile.ZIP_DEFLATED, 1 << 29),
        r"it has more than 1,000,000 rows",
    ),
    "three gigabytes about the build": (
        lambda: with_tables("_sde.jsonl", hoards.newlines(3072), zipfile.ZIP_DEFLATED, 1 << 29),
        r"categories.jsonl",
    ),
    "one line": (
        lambda: plain("categories.jsonl", b"[" * (400 * MEGABYTE), zipfile.ZIP_DEFLATED),
        r"categories.jsonl",
    ),
    "another method": (
        lambda: plain("categories.jsonl", b"\n" * (400 * MEGABYTE), zipfile.ZIP_BZIP2),
        r"it is packed by method 12, and should be deflated",
    ),
    "many members": (lambda: hoards.crowded_zip(20_000), r"its directory has more than 1 MB"),
}


@pytest.mark.parametrize("kind", HOARDS)
def test_a_hoard_in_the_zip_is_one_sentence(installation: Installation, kind: str) -> None:
    make, said = HOARDS[kind]
    done = load(installation, make())
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (0, True), done
    [sentence] = [line for line in done.said.splitlines() if line.startswith("said:")]
    assert "it is thrown away, the data loaded last stays, and the next run fetches it again" in sentence
    assert re.search(said, sentence), sentence


def test_what_announces_fifty_gigabytes_is_not_fetched(installation: Installation) -> None:
    done = load(installation, b"PK", announced=50 << 30)
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (0, True), done
    assert "announced 53,687,091,200 bytes, more than 268,435,456" in done.said


def test_a_file_of_newlines_names_no_build(installation: Installation) -> None:
    done = load(installation, b"", latest=b"\n1" * (9 * MEGABYTE))
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (0, True), done
    assert "names no build of the static data" in done.said
