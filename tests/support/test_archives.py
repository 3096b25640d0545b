"""`make test-data` keeps what has the right checksum, and nothing else; tests look there too."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from killmart.config.settings import PROJECT
from support import archives, realdata

DAY = realdata.DAYS[0]
ADDRESS = f"/killmails/2021/killmails-{DAY}.tar.bz2"
CONTENT = b"killmails of a day"


@pytest.fixture
def source(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server of the tests' own in EVE Ref's place, for one day whose archive is small."""
    monkeypatch.setattr(archives, "ARCHIVES", {DAY: hashlib.sha256(CONTENT).hexdigest()})
    return httpserver.url_for("/killmails")


def test_an_archive_with_the_right_checksum_is_kept_and_not_asked_for_again(
    source: str, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_ordered_request(ADDRESS).respond_with_data(CONTENT)
    assert archives.main(["--from", source, "--into", str(tmp_path)]) == 0
    assert archives.path_of(DAY, tmp_path).read_bytes() == CONTENT
    assert archives.main(["--from", f"{source}/", "--into", str(tmp_path)]) == 0
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, CONTENT + b"!", "EVE Ref may have packed the day again"),
        (200, CONTENT[:-1], "the tests were written for"),
        (404, CONTENT, "could not be fetched: 404"),
    ],
)
def test_any_other_answer_is_not_kept_and_said(
    source: str,
    httpserver: HTTPServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
    content: bytes,
    said: str,
) -> None:
    httpserver.expect_request(ADDRESS).respond_with_data(content, status=status)
    assert archives.main(["--from", source, "--into", str(tmp_path)]) == 1
    assert said in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_was_changed_is_fetched_again(source: str, httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request(ADDRESS).respond_with_data(CONTENT)
    archives.path_of(DAY, tmp_path).parent.mkdir(parents=True)
    archives.path_of(DAY, tmp_path).write_bytes(b"half of it")
    assert archives.fetch(DAY, source, tmp_path)
    assert archives.path_of(DAY, tmp_path).read_bytes() == CONTENT


def test_a_source_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.archives", "--from", "http://127.0.0.1:1", "--into", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line.partition(" could")[0] for line in done.stderr.splitlines()] == [
        f"test-data: http://127.0.0.1:1/2021/killmails-{day}.tar.bz2" for day in realdata.DAYS
    ]


def test_tests_take_an_archive_from_shared_first_and_else_what_was_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, fetched = tmp_path / "shared", tmp_path / "fetched"
    monkeypatch.setattr(realdata, "DATA", shared)
    monkeypatch.setattr(realdata, "FETCHED", fetched)
    assert not realdata.has_days()
    for folder in (fetched, shared):
        for day in realdata.DAYS:
            path = archives.path_of(day, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        assert realdata.has_days()
        assert realdata.day_archive_path(DAY) == archives.path_of(DAY, folder)


def test_the_archives_are_those_in_shared() -> None:
    assert tuple(archives.ARCHIVES) == realdata.DAYS
    for day, digest in archives.ARCHIVES.items():
        if realdata.has_days():
            assert archives.is_whole(realdata.day_archive_path(day), digest)


def test_git_ignores_what_was_fetched() -> None:
    assert f"{archives.FOLDER.name}/" in (PROJECT / ".gitignore").read_text().splitlines()
