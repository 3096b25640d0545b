"""Files of days that mean harm end in one sentence: the worker stays small, and so does what it leaves on disk."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from killmart.sources.bounds import LARGEST_REFUSED
from support import hoards
from support.installation import Installation, rows
from support.scripted import Answer, Handler, Request, Scripted, scripted
from support.worker import MOST_MEGABYTES, Done, run_worker

DAY = date(2026, 11, 17)
ARCHIVE, RAW = f"killmails-{DAY}.tar.bz2", f"history/raw/{DAY:%Y%m%d}.json"
BACKFILL = "from killmart.cli.main import main\nmain()\n"
FIFTY_GIGABYTES = str(50 << 30)
JUNK = b"x" * 1_000_000


@contextmanager
def publishing(
    archive: bytes | None = None, raw: bytes | None = None, encoding: str = "identity", announced: str = ""
) -> Iterator[Scripted]:
    """A publisher of one day, whose files are these; `announced` is what it says of their length."""

    def answer(request: Request, _: Handler) -> Answer:
        if request.path.endswith("totals.json"):
            return 200, {}
        if request.path.endswith(RAW) and raw is not None:
            return 200, raw, {"Content-Encoding": encoding} | ({"Content-Length": announced} if announced else {})
        if not request.path.endswith(ARCHIVE) or archive is None:
            return 404, b""
        first, last = 0, len(archive) - 1
        if asked := request.headers.get("Range"):
            first, last = map(int, asked.removeprefix("bytes=").split("-"))
        piece = {"Content-Range": f"bytes {first}-{last}/{len(archive)}"} if asked else {}
        headers = {"ETag": '"one"', **piece} | ({"Content-Length": announced} if announced else {})
        return 206 if asked else 200, archive[first : last + 1], headers

    with scripted(answer) as upstream:
        yield upstream


def backfill(installation: Installation, upstream: Scripted, source: str = "auto") -> Done:
    environ = installation.environ(upstream.url, r2z2=upstream.url) | {"AIRFLOW_CONN_EVEREF": upstream.url}
    return run_worker(BACKFILL, environ, "backfill", str(DAY), str(DAY), "--source", source, "--json")


def test_a_bomb_of_a_gigabyte_is_one_sentence(installation: Installation) -> None:
    bomb = hoards.zeros(1024)
    assert len(bomb) < 2000
    with publishing(archive=bomb) as upstream:
        done = backfill(installation, upstream, "everef")
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert f"EVE Ref's archive of {DAY}" in done.said
    assert "unpacks to more than 256 MB, which no day does. It is not kept and nothing of it was loaded" in done.said


def test_a_bomb_behind_a_member_is_one_sentence(installation: Installation) -> None:
    member = tarfile.TarInfo("killmails/1.json")
    member.size = 1 << 30
    bomb = hoards.bz2.compress(member.tobuf(tarfile.USTAR_FORMAT)) + hoards.zeros(1024)
    with publishing(archive=bomb) as upstream:
        done = backfill(installation, upstream)
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert "unpacks to more than 256 MB" in done.said
    assert "The raw day of the history is tried in its place." in done.said


def test_fifty_gigabytes_are_not_fetched(installation: Installation) -> None:
    with publishing(archive=b"BZh9", raw=b"{}", announced=FIFTY_GIGABYTES) as upstream:
        done = backfill(installation, upstream)
        assert not [request for request in upstream.requests if "Range" in request.headers]
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert "is announced with 51,200 MB, and none has more than 32 MB" in done.said
    assert "announced 53,687,091,200 bytes, more than 268,435,456, and was cut off" in done.said


def test_nine_hundred_megabytes_of_members_are_one_sentence(installation: Installation) -> None:
    with publishing(archive=hoards.tar_of(hoards.members(900, JUNK))) as upstream:
        done = backfill(installation, upstream, "everef")
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert "unpacks to more than 256 MB" in done.said


def test_a_day_of_junk_is_refused_whole_and_leaves_nothing(installation: Installation) -> None:
    with publishing(archive=hoards.tar_of(hoards.members(200, JUNK))) as upstream:
        done = backfill(installation, upstream, "everef")
        runtime = installation.runtime(upstream.url)
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert f"{ARCHIVE} of {DAY} is refused whole: over 64 MB of it cannot be used and would go" in done.said
    assert json.loads(done.said[done.said.index("{") : done.said.rindex("}") + 1])["quarantined"] == 0
    assert rows(runtime, "SELECT count(*) FROM quality.quarantine") == [(0,)]
    [(size,)] = rows(runtime, "SELECT pg_database_size(current_database())")
    assert size < 2 * LARGEST_REFUSED


def test_members_without_a_name_are_counted_too(installation: Installation) -> None:
    nameless = ((tarfile.TarInfo(f"killmails/._{number}.json"), JUNK) for number in range(200))
    with publishing(archive=hoards.tar_of(nameless)) as upstream:
        done = backfill(installation, upstream, "everef")
        runtime = installation.runtime(upstream.url)
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert "is refused whole" in done.said
    assert rows(runtime, "SELECT count(*) FROM quality.quarantine") == [(0,)]


@pytest.mark.parametrize(
    ("millions", "said"),
    [(20, "sent more than 268,435,456 bytes"), (5, "has more than 100,000 killmails, which no day has")],
)
def test_millions_of_tiny_bodies_are_one_sentence(installation: Installation, millions: int, said: str) -> None:
    with publishing(raw=hoards.tiny_bodies(millions), encoding="gzip") as upstream:
        done = backfill(installation, upstream, "history")
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert said in done.said


def test_a_list_of_a_million_entries_is_not_read(installation: Installation) -> None:
    huge = hoards.tiny_bodies(1, packed=False)

    def answer(request: Request, _: Handler) -> Answer:
        return (200, huge) if request.path.endswith((f"{DAY:%Y%m%d}.json", "totals.json")) else (404, b"")

    with scripted(answer) as upstream:
        done = backfill(installation, upstream, "everef")
    assert (done.code, done.megabytes < MOST_MEGABYTES) == (1, True), done
    assert "a list that has more than 100,000 entries" in done.said
