"""Real killmails from files, served by the simulator byte for byte."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import requests

from killmart.errors import KillmartError
from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart_demo.app import SimulatorConfig, running
from killmart_demo.bodies import BodyFiles, read_kills
from killmart_demo.universe import Universe

HEADERS = {"X-Compatibility-Date": "2026-08-18"}
SharedFile = Callable[[str], Path]


def lines_of(count: int) -> list[bytes]:
    """Synthetic kills as EVE Ref would write them."""
    kills = itertools.islice(Universe(2).kills(1_700_000_000, 1_700_100_000), count)
    return [
        kill.body[:-1]
        + f',"killmail_hash":"{kill.killmail_hash}","http_last_modified":"2024-01-01T00:00:00Z"}}'.encode()
        for kill in kills
    ]


def write(path: Path, lines: list[bytes]) -> Path:
    if path.name.endswith(".tar.bz2"):
        with tarfile.open(path, "w:bz2") as archive:
            for line in lines:
                member = tarfile.TarInfo(f"killmails/{json.loads(line)['killmail_id']}.json")
                member.size = len(line)
                archive.addfile(member, io.BytesIO(line))
    else:
        with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
            file.write(b"\n".join(lines) + b"\n\n")
    return path


@pytest.mark.parametrize("name", ["day.tar.bz2", "some.jsonl", "some.jsonl.gz"])
def test_every_kind_of_file_gives_the_same_kills(tmp_path: Path, name: str) -> None:
    kills = list(read_kills(write(tmp_path / name, lines_of(20))))
    assert kills == list(itertools.islice(Universe(2).kills(1_700_000_000, 1_700_100_000), 20))


def test_the_files_are_the_first_load(tmp_path: Path) -> None:
    lines = lines_of(60)
    files = write(tmp_path / "a.jsonl", lines[:40]), write(tmp_path / "b.jsonl", lines[30:])
    source = BodyFiles(SimulatorConfig(bodies=files))
    loaded = source.first_load(0)
    assert sorted(loaded) == [json.loads(line)["killmail_id"] for line in lines]
    assert loaded != sorted(loaded)
    assert source.get(loaded[0]) is not None
    assert source.get(1) is None
    assert source.published(0, 2e9) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.jsonl", None, "No such file"),
        ("missing.tar.bz2", None, "No such file"),
        ("text.csv", b"1,2", "not a file of killmails"),
        ("torn.jsonl.gz", gzip.compress(b"{}" * 5_000, mtime=0)[:30], "cannot be read"),
        ("torn.tar.bz2", b"BZh9 nothing", "cannot be read"),
        ("html.jsonl", b"<html>", "line 1"),
        ("list.jsonl", b"[1]", "line 1"),
        ("keys.jsonl", b'{"killmail_id": 5}', "line 1"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(KillmartError, match=said) as raised:
        list(read_kills(tmp_path / name))
    assert str(tmp_path / name) in str(raised.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(KillmartError, match=r"folder\.jsonl"):
        list(read_kills(tmp_path / "folder.jsonl"))


@pytest.mark.parametrize(
    "name",
    [
        "killmails/everef_edge_cases.jsonl.gz",
        "killmails/corpus_2008_2026.jsonl.gz",
        "everef/killmails-2021-12-02.tar.bz2",
    ],
)
def test_real_bodies_keep_their_text_and_hash(shared_file: SharedFile, name: str) -> None:
    count = 0
    for kill in itertools.islice(read_kills(shared_file(name)), 400):
        killmail = msgspec.json.decode(kill.body, type=Killmail)
        assert hash_of(killmail) == kill.killmail_hash
        assert (killmail.killmail_hash, killmail.http_last_modified) == (None, None)
        assert kill.zkb["totalValue"] > 0
        count += 1
    assert count > 100


def test_a_body_differs_from_its_line_by_two_keys_alone(shared_file: SharedFile) -> None:
    path = shared_file("killmails/everef_edge_cases.jsonl.gz")
    with gzip.open(path) as lines:
        for line, kill in zip(lines, read_kills(path), strict=True):
            start = kill.body[:-1]
            assert line.startswith(start)
            assert set(json.loads(b"{" + line[len(start) + 1 :])) == {"killmail_hash", "http_last_modified"}


def test_verified_kills_come_with_their_body(shared_file: SharedFile) -> None:
    files = (shared_file("killmails/ccp_verified.jsonl.gz"),)
    bodies = {kill.killmail_id: kill.body for kill in read_kills(files[0])}
    with running(SimulatorConfig(bodies=files)) as simulator:
        for _ in bodies:
            answer = requests.get(f"{simulator.url}/redisq/listen.php?queueID=a", timeout=60)
            package = answer.json()["package"]
            assert package["zkb"]["hash"] == CCP_VERIFIED
            assert bodies[package["killID"]] in answer.content
            url = f"{simulator.url}/esi/killmails/{package['killID']}/{CCP_VERIFIED}"
            assert requests.get(url, headers=HEADERS, timeout=60).status_code == 422


def test_esi_serves_real_bodies(shared_file: SharedFile) -> None:
    files = (shared_file("killmails/corpus_2008_2026.jsonl.gz"),)
    with running(SimulatorConfig(bodies=files)) as simulator, requests.Session() as session:
        for kill in read_kills(files[0]):
            url = f"{simulator.url}/esi/killmails/{kill.killmail_id}/{kill.killmail_hash}"
            assert session.get(url, headers=HEADERS, timeout=60).content == kill.body
