"""The small walk over tar headers, on tars that Python's own library wrote."""

from __future__ import annotations

import bz2
import io
import tarfile
import tempfile
from datetime import date
from pathlib import Path

import pytest

from killmart.sources import everef_archive
from killmart.sources.everef_archive import BadArchiveError, UnpackedDay, bodies_in
from support import realdata

DAY = date(2021, 11, 29)
FILE = "killmails-2021-11-29.tar.bz2"
BODY = b'{"killmail_id":1,"killmail_time":"2021-11-29T00:00:01Z","killmail_hash":" ab "}'


def tar(members: dict[str, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        folder = tarfile.TarInfo("killmails")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return buffer.getvalue()


def unpacked(packed: bytes, day: date = DAY) -> UnpackedDay:
    with tempfile.TemporaryDirectory() as folder:
        return everef_archive.unpacked(io.BytesIO(packed), day, FILE, Path(folder))


def read(content: bytes) -> list[tuple[int | None, str | None, bytes]]:
    return [(one.killmail_id, one.killmail_hash, one.body) for one in bodies_in(unpacked(bz2.compress(content)))]


def test_names_give_ids_and_bodies_stay_as_they_are() -> None:
    members = {"killmails/1.json": BODY, "-2.json": b"", "killmails/readme": b"x" * 512, "./9" + "9" * 20: b"[]"}
    assert read(tar(members)) == [
        (1, "ab", BODY),
        (-2, None, b""),
        (None, None, b"x" * 512),
        (None, None, b"[]"),
    ]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_the_walk_does_not_know_is_left_to_the_library(form: int) -> None:
    long_name = "killmails/" + "x" * 200 + "/3.json"
    assert [one[0] for one in read(tar({"killmails/1.json": BODY, long_name: BODY, "4.json": BODY}, form))] == [1, 3, 4]


def test_several_streams_in_one_file_are_read() -> None:
    content = tar({"1.json": BODY})
    packed = bz2.compress(content[:700]) + bz2.compress(content[700:])
    assert [body for _, body in unpacked(packed)] == [BODY]
    with pytest.raises(BadArchiveError, match="its tar has no end"):
        unpacked(bz2.compress(content[:1536]))
    with pytest.raises(BadArchiveError, match="cut off within the member at byte 512"):
        unpacked(bz2.compress(content[:1080]))


def test_what_is_no_archive_is_named() -> None:
    for packed, said in (
        (b"", "cut off after 0 bytes"),
        (b"<html>", "corrupted"),
        (bz2.compress(tar({"1.json": BODY}))[:-3], "cut off"),
        (bz2.compress(b"x" * 5_000), "no tar header at byte 0"),
        (bz2.compress(tar({"1.json": BODY}).replace(b"1.json", b"2.json", 1)), "checksum .* at byte 512"),
        (bz2.compress(tar({})), "has no killmails"),
        (bz2.compress(tar({"1.json": BODY.replace(b"11-29", b"11-30")})), "of another day"),
    ):
        with pytest.raises(BadArchiveError, match=rf"2021-11-29 \({FILE}\).*{said}"):
            unpacked(packed)


def test_one_kill_of_the_day_is_enough_and_unreadable_times_do_not_condemn() -> None:
    other = BODY.replace(b"11-29", b"11-30")
    assert len(read(tar({"1.json": other, "2.json": BODY, "3.json": other}))) == 3
    assert len(read(tar({"1.json": b"not JSON", "2.json": b'{"killmail_time":5}'}))) == 2


def test_members_that_are_no_files_give_nothing_and_what_a_mac_adds_names_no_killmail() -> None:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "of all"}
    ) as archive:
        for name, kind in (("a", tarfile.SYMTYPE), ("b", tarfile.LNKTYPE), ("c", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "killmails/1.json"
            archive.addfile(member)
        for name in ("._1.json", "killmails/1.json", "killmails/1.json"):
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(BODY), {"LIBARCHIVE.creationtime": "1638144001"}
            archive.addfile(member, io.BytesIO(BODY))
    assert [one[0] for one in read(buffer.getvalue())] == [None, 1, 1]


def test_more_or_larger_members_than_a_day_has_condemn_it(monkeypatch: pytest.MonkeyPatch) -> None:
    largest = b"{" + b" " * (everef_archive.LARGEST_BODY - 2) + b"}"
    assert len(read(tar({"1.json": largest}))) == 1
    with pytest.raises(BadArchiveError, match=r"a member of 1 MB \(killmails/2.json\), which no killmail has"):
        read(tar({"1.json": BODY, "killmails/2.json": largest + b" "}))
    monkeypatch.setattr(everef_archive, "MOST_BODIES", 2)
    assert len(read(tar({"1.json": BODY, "2.json": BODY}))) == 2
    with pytest.raises(BadArchiveError, match="more than 2 members, which no day has"):
        read(tar({"1.json": BODY, "2.json": BODY, "3.json": BODY}))


def test_a_header_with_a_huge_name_is_not_read_to_its_end() -> None:
    header = tarfile.TarInfo("PaxHeaders")
    header.type, header.size = tarfile.XHDTYPE, 8 << 20
    content = tar({"1.json": BODY})
    spoilt = header.tobuf(tarfile.USTAR_FORMAT) + b"30 path=killmails/7.json\n".ljust(8 << 20, b"9") + content
    assert [one[0] for one in read(spoilt)] == [1]  # the folder took the name


def test_streams_without_a_byte_and_rubbish_after_them() -> None:
    content = bz2.compress(tar({"1.json": BODY}))
    assert len(unpacked(bz2.compress(b"") * 3 + content + bz2.compress(b"")).members) == 1
    with pytest.raises(BadArchiveError, match="is corrupted: it is no bzip2"):
        unpacked(content + b"rubbish")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everef_archive, "LARGEST_DAY", 1 << 20)
    with pytest.raises(BadArchiveError, match="more than 1 MB"):
        unpacked(bz2.compress(bytes(50 << 20)))


@realdata.needs_days
def test_a_genuine_archive_is_read_byte_for_byte() -> None:
    day = realdata.DAYS[1]
    found = list(bodies_in(unpacked(realdata.day_archive_path(day).read_bytes(), date.fromisoformat(day))))
    real = list(realdata.day_archive(day))
    assert [(one.killmail_id, one.killmail_hash, one.body) for one in found] == [
        (kill.body["killmail_id"], kill.body["killmail_hash"], kill.text) for kill in real
    ]
