"""A damaged, unwritable or full HTTP cache stops no request: one warning, and the answers come from upstream."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from killmart.load.fetch import fetch
from killmart.sources.transport.cache import DiskCache, prune_cache
from killmart.sources.transport.session import FOREVER, Cache, PoliteSession, build_session
from support.installation import Installation, hashes_of, simulated, stage_refs
from support.scripted import Scripted, scripted

BODY = b'{"killmail_id": 1}' + b" " * 4000


def caching(file: Path, url: str) -> PoliteSession:
    return build_session("esi", url, cache=Cache(file, FOREVER, lambda _: True))


def garbage(file: Path) -> None:
    file.write_bytes(b"<html>no database</html>" * 1000)


def zeros(file: Path) -> None:
    file.write_bytes(bytes(64 * 1024))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def another_database(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE responses (other TEXT)")
    connection.close()


def torn(file: Path) -> None:
    """The first page is as it was, the others are not."""
    content = file.read_bytes()
    file.write_bytes(content[:4096] + os.urandom(len(content) - 4096))


DAMAGES = [garbage, zeros, cut, another_database, torn]


def fill(file: Path, upstream: Scripted, count: int = 30) -> None:
    session = caching(file, upstream.url)
    for number in range(count):
        assert session.get(f"{upstream.url}/{number}").content == BODY
    session.close()
    assert not file.with_name(file.name + "-wal").exists()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_set_aside_and_begun_again(
    damage: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "esi.sqlite"
    with scripted(lambda request, _: (200, BODY)) as upstream:
        fill(file, upstream)
        damage(file)
        damaged = file.read_bytes()
        session = caching(file, upstream.url)
        for _ in range(2):
            assert [session.get(f"{upstream.url}/{number}").content for number in range(30)] == [BODY] * 30
        session.close()
        asked = len(upstream.requests)
        fill(file, upstream)
        assert len(upstream.requests) == asked, "the new cache has what came since"
    [warning] = warnings(caplog)
    assert "esi.sqlite is damaged" in warning
    assert "esi.sqlite.damaged" in warning
    assert file.with_name("esi.sqlite.damaged").read_bytes()[:16] == damaged[:16]


def test_damage_in_the_middle_of_a_run_is_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "esi.sqlite"
    with scripted(lambda request, _: (200, BODY)) as upstream:
        fill(file, upstream)
        session = caching(file, upstream.url)
        assert session.get(f"{upstream.url}/0").from_cache  # type: ignore[attr-defined]
        with file.open("r+b") as opened:  # in place: the session has it open
            opened.write(b"\xff" * file.stat().st_size)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: session.get(f"{upstream.url}/{number}").content, range(200)))
        assert answers == [BODY] * 200
        session.close()
        assert len(warnings(caplog)) == 1
        asked = len(upstream.requests)
        fill(file, upstream)
        assert len(upstream.requests) - asked <= 30
        assert len(warnings(caplog)) == 1


def test_a_damaged_row_is_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "esi.sqlite"
    with scripted(lambda request, _: (200, BODY)) as upstream:
        fill(file, upstream, 4)
        with sqlite3.connect(file) as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM responses")]
            for key, value in zip(keys, (b"", b"garbage", b"\x80\x04N.", b"\x80\x04K\x01."), strict=True):
                connection.execute("UPDATE responses SET value = ? WHERE key = ?", (value, key))
        connection.close()
        fill(file, upstream, 4)
        assert len(upstream.requests) == 8
        fill(file, upstream, 4)
        assert len(upstream.requests) == 8, "and kept again"


def test_pruning_sets_a_damaged_cache_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "esi.sqlite"
    garbage(file)
    prune_cache(file, 1000)
    assert len(warnings(caplog)) == 1
    assert file.with_name("esi.sqlite.damaged").exists()


def test_a_cache_that_cannot_be_opened_is_not_pruned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "esi.sqlite"
    file.mkdir()
    assert prune_cache(file, 1) == 0
    assert len(warnings(caplog)) == 1


def test_who_comes_second_does_not_set_the_new_cache_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Both have found it damaged; the other one has begun a new cache before it is our turn."""
    file = tmp_path / "esi.sqlite"
    garbage(file)
    with scripted(lambda request, _: (200, BODY)) as upstream:
        with pytest.MonkeyPatch.context() as patch:
            mend = DiskCache._mend

            def late(self: DiskCache) -> None:
                patch.undo()
                fill(file, upstream, 3)  # by the other one
                mend(self)

            patch.setattr(DiskCache, "_mend", late)
            fill(file, upstream, 3)
        assert len(upstream.requests) == 3
    assert len(warnings(caplog)) == 1


PROCESS = """
import logging, resource, sys
from pathlib import Path
logging.basicConfig(level=logging.WARNING)
from killmart.sources.transport.cache import prune_cache
from killmart.sources.transport.session import FOREVER, Cache, build_session
file, url, largest = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if largest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
session = build_session("esi", url, cache=Cache(file, FOREVER, lambda _: True))
for number in range(200):
    assert len(session.get(f"{url}/{number}").content) > 4000
session.close()
prune_cache(file, 1 << 30)
"""


def run(file: Path, url: str, largest: int = 0, bound: bool = False) -> str:
    """What a process says that asks 200 times, with files of `largest` bytes, or `bound` by the rights of files."""
    command = [sys.executable, "-c", PROCESS, str(file), url, str(largest)]
    if bound and os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to make it a user")
        command = ["setpriv", "--bounding-set=-dac_override", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_full_disk_is_one_warning(tmp_path: Path) -> None:
    with scripted(lambda request, _: (200, BODY)) as upstream:
        said = run(tmp_path / "esi.sqlite", upstream.url, largest=100_000)
        assert len(upstream.requests) == 200
    assert said.count("WARNING") == 1
    assert "cannot be used" in said
    assert "goes on without it" in said


@pytest.mark.parametrize("is_there", [False, True])
def test_a_read_only_folder_is_one_warning(is_there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    with scripted(lambda request, _: (200, BODY)) as upstream:
        if is_there:
            fill(folder / "esi.sqlite", upstream)
            (folder / "esi.sqlite").chmod(0o444)
        folder.chmod(0o555)
        try:
            said = run(folder / "esi.sqlite", upstream.url, bound=True)
        finally:
            folder.chmod(0o755)
    assert said.count("WARNING") == 1
    assert "goes on without it" in said


def test_a_file_in_place_of_the_folder_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    with scripted(lambda request, _: (200, BODY)) as upstream:
        said = run(tmp_path / "cache" / "esi.sqlite", upstream.url)
    assert said.count("WARNING") == 1
    assert "goes on without it" in said


def test_several_processes_set_it_aside_once(tmp_path: Path) -> None:
    file = tmp_path / "esi.sqlite"
    garbage(file)
    said: list[str] = []
    with scripted(lambda request, _: (200, BODY)) as upstream:
        threads = [threading.Thread(target=lambda: said.append(run(file, upstream.url))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(said) == 4
    assert "".join(said).count("WARNING") == 1
    assert file.with_name("esi.sqlite.damaged").read_bytes().startswith(b"<html>")


def test_a_fetch_goes_on_with_a_damaged_cache(installation: Installation) -> None:
    with simulated(kills=5) as simulator:
        runtime = installation.runtime(simulator.url)
        runtime.settings.esi_cache.parent.mkdir(parents=True)
        garbage(runtime.settings.esi_cache)
        stage_refs(runtime, hashes_of(simulator))
        assert fetch(runtime).fetched == 5
