"""EVE Ref's archives over real HTTP: fetched once, resumed, checked before they are kept, two at a time for all."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from killmart.config.connections import Connection, database_url
from killmart.db.engine import build_engine
from killmart.db.locks import exclusive
from killmart.db.manners import shared_manners
from killmart.errors import KillmartError, UpstreamError
from killmart.model.days import DayArchive, DayBody
from killmart.model.killmail import Killmail
from killmart.sources.days import quiet_asked
from killmart.sources.everef import ARCHIVES_AT_ONCE, BadArchiveError, EveRef
from killmart.sources.retry import PATIENCE
from killmart.sources.transport.base import Manner
from killmart.sources.transport.session import build_session
from killmart_demo.app import Running
from killmart_demo.faults import Faults
from support import realdata
from support.days import DAY, DAY_BEFORE, damaged, serving, small

MakeEveRef = Callable[..., EveRef]
PROCESSES = 3
ROUTE = "/killmails/{year}/killmails-{name}.tar.bz2"


def asked(simulator: Running) -> list[int]:
    """The statuses of all answers that archives had so far."""
    return [request.status for request in simulator.state.requests if request.route == ROUTE]


def fetch(source: EveRef, day: date = DAY) -> DayArchive:
    archive = source.archive(day)
    assert archive is not None
    return archive


def kept(source: EveRef) -> list[str]:
    return sorted(path.name for path in source._folder.glob("killmails-*"))


def by_id(bodies: list[DayBody]) -> dict[int | None, DayBody]:
    return {body.killmail_id: body for body in bodies}


def test_an_archive_is_fetched_once_and_holds_the_bodies(everef: MakeEveRef) -> None:
    with serving() as simulator:
        source = everef(simulator)
        archive = fetch(source)
        assert asked(simulator) == [200, 206]
        file = simulator.state.days.archive(DAY)
        assert file is not None
        assert archive.path.read_bytes() == file.content
        assert (archive.day, archive.etag, archive.bytes) == (DAY, file.etag, len(file.content))
        assert archive.last_modified == "Wed, 18 Nov 2026 04:12:00 GMT"
        bodies = list(source.bodies(archive))
        assert bodies == list(source.bodies(archive))  # once from memory, once from the file
        ids = simulator.state.days._ids_of(DAY)
        assert [body.killmail_id for body in bodies] == list(ids)
        for body in bodies:
            killmail = msgspec.json.decode(body.body, type=Killmail)
            kill = simulator.state.catalogue.get(killmail.killmail_id)
            assert kill is not None
            assert body.killmail_hash == killmail.killmail_hash == kill.killmail_hash
            assert body.body.startswith(kill.body[:-1])
        assert fetch(source) == archive
        assert asked(simulator) == [200, 206, 200]
        assert source.totals() == {
            day: len(simulator.state.days._ids_of(day)) for day in (DAY - timedelta(days=back) for back in (3, 2, 1, 0))
        }
        counts = {(count.route, count.status): count.requests for count in source.counter.take()}
        assert counts == {
            ("/killmails/{id}/killmails-{id}.tar.bz2", 200): 2,
            ("/killmails/{id}/killmails-{id}.tar.bz2", 206): 1,
            ("/killmails/totals.json", 200): 1,
        }


def test_there_is_no_archive_of_today_nor_of_a_missing_day(everef: MakeEveRef) -> None:
    with serving(damaged("archive_missing")) as simulator:
        source = everef(simulator)
        assert source.archive(DAY) is None
        assert source.archive(DAY + timedelta(days=1)) is None
        assert kept(source) == []


def test_an_archive_written_again_replaces_the_kept_one(everef: MakeEveRef) -> None:
    with serving(small(late=0.2)) as simulator:
        source = everef(simulator)
        before = fetch(source)
        count = len(list(source.bodies(before)))
        late = set(simulator.state.status()["days"]["late"][DAY.isoformat()])
        simulator.state.days.change(small(late=0.2, late_is_there=True))
        after = fetch(source)
        assert after.etag != before.etag
        bodies = by_id(list(source.bodies(after)))
        assert late < bodies.keys()
        assert late
        assert len(bodies) == count + len(late)
        assert kept(source) == [after.path.name]
        with pytest.raises(KillmartError, match="cannot be read"):
            list(source.bodies(before))


def test_a_file_comes_in_pieces_and_an_interrupted_one_is_resumed(everef: MakeEveRef) -> None:
    with serving() as simulator:
        source = everef(simulator, piece_bytes=5_000)
        archive = fetch(source)
        pieces = -(-archive.bytes // 5_000)
        assert asked(simulator) == [200, *[206] * pieces]
        content = archive.path.read_bytes()
        archive.path.unlink()
        part = archive.path.with_name(archive.path.name + ".part")
        part.write_bytes(content[:12_345])  # what a process that was killed left
        simulator.state.requests.clear()
        assert fetch(source).path.read_bytes() == content
        assert asked(simulator) == [200, *[206] * -(-(archive.bytes - 12_345) // 5_000)]
        assert not part.exists()


def test_what_was_left_of_another_version_or_with_wrong_bytes_does_no_harm(everef: MakeEveRef) -> None:
    with serving() as simulator:
        source = everef(simulator, piece_bytes=5_000)
        archive = fetch(source)
        content = archive.path.read_bytes()
        part = archive.path.with_name(archive.path.name + ".part")
        for left in (b"x" * 12_345, content + b"more", b"y" * len(content), content, b""):
            archive.path.unlink()
            part.write_bytes(left)
            (source._folder / f"killmails-{DAY}.0123456789abcdef.tar.bz2.part").write_bytes(b"older")
            assert fetch(source).path.read_bytes() == content
            assert kept(source) == [archive.path.name]


def test_a_file_that_changes_meanwhile_is_started_over(everef: MakeEveRef) -> None:
    with serving(small(late=0.3)) as simulator:
        source = everef(simulator, piece_bytes=5_000)
        original, turns = source._session.request, iter(range(100))

        def request(method: str, url: str, **kwargs: object) -> object:
            if next(turns) == 2:
                simulator.state.days.change(small(late=0.3, late_is_there=True))
            return original(method, url, **kwargs)  # type: ignore[arg-type]

        source._session.request = request  # type: ignore[method-assign,assignment]
        archive = fetch(source)
        file = simulator.state.days.archive(DAY)
        assert file is not None
        assert archive.path.read_bytes() == file.content
        assert asked(simulator).count(200) == 3  # two HEAD, and the GET whose condition no longer held


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("archive_truncated", "is cut off"),
        ("archive_corrupted", "is corrupted"),
        ("archive_empty", "has no killmails"),
        ("archive_of_another_day", "is of another day: none of its .* 2026-11-16T"),
    ],
)
def test_a_bad_archive_is_refused_and_not_kept(everef: MakeEveRef, damage: str, said: str) -> None:
    with serving(damaged(damage)) as simulator:
        source = everef(simulator)
        with pytest.raises(BadArchiveError, match=rf"archive of 2026-11-17 \(killmails-2026-11-17\..*\) {said}"):
            source.archive(DAY)
        assert kept(source) == []
        assert source.archive(DAY_BEFORE) is not None
        simulator.state.days.change(small())
        assert list(source.bodies(fetch(source)))


def test_a_kept_file_that_went_bad_is_removed_and_fetched_again(everef: MakeEveRef) -> None:
    with serving() as simulator:
        archive = fetch(everef(simulator))
        content = archive.path.read_bytes()
        archive.path.write_bytes(content[:1000] + bytes(16) + content[1016:])
        source = everef(simulator)
        with pytest.raises(BadArchiveError, match="2026-11-17"):
            list(source.bodies(fetch(source)))
        assert fetch(source).path.read_bytes() == content
        archive.path.write_bytes(content[:-1])
        assert fetch(source).path.read_bytes() == content


def test_a_short_archive_says_so_by_its_totals(everef: MakeEveRef) -> None:
    with serving(damaged("archive_short", short_by=30)) as simulator:
        source = everef(simulator)
        assert source.totals()[DAY] - len(list(source.bodies(fetch(source)))) == 30


def test_members_that_cannot_be_read_come_with_their_bytes(everef: MakeEveRef) -> None:
    names = [
        *("member_not_json", "member_without_id", "member_without_time", "member_text_value", "member_overflow"),
        *("member_two_final_blows", "member_no_attackers", "member_time_outside", "member_negative_id"),
        *("member_twice", "member_of_day_before", "member_republished"),
    ]
    with serving(damaged(*names)) as simulator:
        source = everef(simulator)
        bodies = list(source.bodies(fetch(source)))
        struck = simulator.state.status()["days"]["damaged"][DAY.isoformat()]
        assert struck.keys() == set(names)
        assert len(set(struck.values())) == len(names)
        found, there = by_id(bodies), simulator.state.days._ids_of(DAY)
        assert len(bodies) == len(there) + 2
        not_json = found[struck["member_not_json"]]
        assert (not_json.killmail_hash, not_json.body) == (None, b"<html>Too many requests</html>")
        assert b'"killmail_id"' not in found[struck["member_without_id"]].body
        assert found[struck["member_without_id"]].killmail_hash
        assert b"99999999999999999999" in found[struck["member_overflow"]].body
        assert -struck["member_negative_id"] in found
        assert struck["member_negative_id"] not in found
        assert struck["member_of_day_before"] < there[0]
        twice = [body for body in bodies if body.killmail_id == struck["member_twice"]]
        assert len(twice) == 2


def test_an_unwritable_folder_and_a_full_disk_are_sentences(everef: MakeEveRef, tmp_path: Path) -> None:
    with serving() as simulator:
        source = everef(simulator)
        archive = fetch(source)
        archive.path.unlink()
        part = archive.path.with_name(archive.path.name + ".part")
        part.symlink_to("/dev/full")
        with pytest.raises(KillmartError, match=r"archive of 2026-11-17 cannot be kept in .*: No space left on device"):
            source.archive(DAY)
        assert kept(source) == []
        assert fetch(source) == archive
        (tmp_path / "file").touch()
        with pytest.raises(KillmartError, match="cannot be kept in"):
            EveRef(source._session, simulator.url, tmp_path / "file")


def test_broken_answers_are_asked_for_again(everef: MakeEveRef) -> None:
    rates = {f"everef:{name}": 0.1 for name in ("500", "reset", "truncated", "html", "429")}
    faults = Faults(rates=rates, retry_after_seconds=0)
    with serving(faults=faults) as simulator:
        source = everef(simulator, piece_bytes=5_000)
        for day in (DAY, DAY_BEFORE):
            file = simulator.state.days.archive(day)
            assert file is not None
            assert fetch(source, day).path.read_bytes() == file.content
        assert sum(simulator.state.injected()["everef"].values()) > 3


def test_an_upstream_that_stays_away_is_a_sentence(everef: MakeEveRef) -> None:
    with (
        serving(faults=Faults(rates={"everef:html": 1})) as simulator,
        pytest.raises(UpstreamError, match=r"killmails-2026-11-17.tar.bz2 could not be read, 5 times"),
    ):
        everef(simulator).archive(DAY)
    with serving(faults=Faults(rates={"everef:reset": 1})) as simulator, pytest.raises(UpstreamError, match="everef"):
        everef(simulator).totals()


def fetch_days(url: str, warehouse: str, folder: str, days: list[date]) -> int:
    """Runs in a process of its own: once all are there, fetch the days; return the number of their bodies."""
    engine = build_engine(warehouse)
    session = build_session("everef", url, manners=manners_of(engine))
    (Path(folder) / f"ready-{os.getpid()}").touch()
    while len([*Path(folder).glob("ready-*")]) < PROCESSES:  # imports take seconds, on a busy machine more than a fetch
        time.sleep(0.01)
    source = EveRef(
        session, url, Path(folder) / "everef", alone=partial(exclusive, engine, wait=True), piece_bytes=10_000
    )
    return sum(len(list(source.bodies(fetch(source, day)))) for day in days)


def manners_of(engine: Engine) -> list[Manner]:
    """EVE Ref's, as workers share them."""
    return shared_manners(engine, "everef", 1_000, PATIENCE, at_once=ARCHIVES_AT_ONCE, quiet_asked=quiet_asked)


def test_all_processes_together_make_two_requests_at_once(warehouse: Connection, tmp_path: Path) -> None:
    days = [DAY - timedelta(days=back) for back in range(PROCESSES)]
    with serving(small(answer_seconds=0.4)) as simulator:
        for day in days:
            simulator.state.days.archive(day)
        with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
            chunks = [[days[at], days[at - 1]] for at in range(PROCESSES)]
            where = (f"{simulator.url}/everef", database_url(warehouse), str(tmp_path))
            found = [pool.submit(fetch_days, *where, chunk) for chunk in chunks]
            counts = [one.result(timeout=500) for one in found]
        sizes = [len(simulator.state.days._ids_of(day)) for day in days]
        assert counts == [sizes[at] + sizes[at - 1] for at in range(PROCESSES)]
        status = simulator.state.status()
        assert status["in_flight_max"]["everef"] == 2
        assert status["breaches"] == []
        bodies = sum(-(-len(found.content) // 10_000) for day in days if (found := simulator.state.days.archive(day)))
        assert asked(simulator).count(206) == bodies  # each day was fetched once


def test_a_429_pauses_all(everef: MakeEveRef, engine: Engine) -> None:
    with serving(faults=Faults(rates={"everef:429": 0.4}, seed=2)) as simulator:
        one, other = (everef(simulator, manners_of(engine)) for _ in range(2))
        for source, day in ((one, DAY), (other, DAY_BEFORE), (one, DAY_BEFORE)):
            fetch(source, day)
        assert simulator.state.injected()["everef"]["429"]
        assert simulator.state.status()["requests_in_pause"] == {}


def test_the_archives_used_longest_ago_are_pruned(everef: MakeEveRef) -> None:
    with serving() as simulator:
        source = everef(simulator, keep_bytes=0)
        archives = [fetch(source, DAY - timedelta(days=back)) for back in range(3)]
        assert len(kept(source)) == 3  # all of them may be in use
        for hours, archive in enumerate(archives, 1):
            os.utime(archive.path, (1_700_000_000 - hours, 1_700_000_000 - hours))
        source._keep_bytes = archives[0].bytes + archives[1].bytes
        assert source.prune() == 1
        assert kept(source) == sorted(archive.path.name for archive in archives[:2])
        fetch(source, DAY)
        source._keep_bytes = 0
        assert source.prune() == 1
        assert kept(source) == [archives[0].path.name]


@realdata.needs_days
def test_a_genuine_archive_comes_through_byte_for_byte(everef: MakeEveRef) -> None:
    day = realdata.DAYS[0]
    path = realdata.day_archive_path(day)
    when = date.fromisoformat(day)
    with serving(small(first_day=None), bodies=(path,)) as simulator:
        source = everef(simulator)
        archive = fetch(source, when)
        assert archive.path.read_bytes() == path.read_bytes()
        bodies = list(source.bodies(archive))
        assert source.totals() == {when: len(bodies)} == {when: 10_831}
        for body in bodies:
            kill = simulator.state.catalogue.get(body.killmail_id or 0)
            assert kill is not None
            assert body.killmail_hash == kill.killmail_hash
            assert body.body.startswith(kill.body[:-1])
