"""Bad files, lists and killmails of whole days: named by day, file and kill; the good promoted, the bad kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from killmart.db import bare_ranges
from killmart.db.coverage import days_to_compare
from killmart.load.day_report import DaysReport
from killmart.load.days import load_days
from killmart.load.quarantine import discard
from killmart.runtime import Runtime
from killmart.watch.status import coverage_status
from killmart_demo.app import Running
from killmart_demo.days_damage import DayMember, without
from killmart_demo.everef_archive import ArchiveFile, packed, written_at
from support.bulk import build_whatever_comes
from support.day_loading import (
    DAY,
    DAY_BEFORE,
    SHORT_BY,
    complete,
    coverage,
    ids_of,
    in_core,
    on,
    past_gate,
    rows_of,
    serving,
    small,
    struck,
)
from support.making import MakeRuntime
from support.pipeline import delete_kills, differences, quarantined, row_versions, rows, run

BAD_ARCHIVES = {
    "archive_missing": "EVE Ref has no archive of {day} (404)",
    "archive_truncated": "archive of {day} (killmails-{day}",
    "archive_corrupted": "archive of {day} (killmails-{day}",
    "archive_empty": "has no killmails in it",
    "archive_of_another_day": "is of another day",
}
BAD_MEMBERS = {
    "member_not_json": "unreadable",
    "member_without_id": "missing_field",
    "member_without_time": "missing_field",
    "member_text_value": "unreadable",
    "member_overflow": "unreadable",
    "member_two_final_blows": "several_final_blows",
    "member_time_outside": "outside_day",
    "member_of_day_before": "outside_day",
}
BAD_ENTRIES = ("list_verified", "list_padded", "list_no_hash", "list_not_hex", "list_wrong_hash", "list_bad_ids")


@pytest.fixture(autouse=True, params=["the ordinary path", "ranges built bare"])
def _in_a_hurry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On both ways into core the same becomes of whatever is bad."""
    past_gate(monkeypatch)
    if request.param == "ranges built bare":
        build_whatever_comes(monkeypatch, bare_ranges.MOST_THERE)


def said(report: DaysReport) -> str:
    """Everything that a report says of its days."""
    return "\n".join(sentence for day in report.days for sentence in [*day.notes, day.failure or ""])


def kept(runtime: Runtime) -> list[str]:
    """Archives that were kept as good."""
    return sorted(path.name for path in (runtime.settings.home_path / "cache" / "everef").glob("killmails-*"))


@pytest.mark.parametrize("damage", BAD_ARCHIVES)
def test_a_bad_archive_is_told_and_not_kept_and_another_source_takes_its_place(
    make_runtime: MakeRuntime, damage: str
) -> None:
    told = BAD_ARCHIVES[damage].format(day=DAY)
    with serving(damage) as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        strict = load_days(runtime, [DAY], source="everef")
        assert not strict.is_complete
        assert told in (strict.days[0].failure or "")
        assert str(DAY) in (strict.days[0].failure or "")
        assert coverage(runtime) == (len(everything), 0, 0, everything, ["list"])
        assert (in_core(runtime), kept(runtime)) == (set(), [])

        auto = load_days(runtime, [DAY])
        assert (auto.is_complete, auto.inserted) == (True, len(everything))
        assert told in said(auto)
        assert coverage(runtime) == (*complete(len(everything)), ["list", "raw"])
        assert differences(runtime, rows_of(simulator, everything, "history")) == []
        assert kept(runtime) == []


def test_a_day_without_any_file_comes_from_esi_and_one_that_nothing_names_is_a_failure(
    make_runtime: MakeRuntime,
) -> None:
    with serving("archive_truncated", "raw_missing") as simulator:
        runtime = on(simulator, make_runtime)
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.days[0].source) == (True, "esi")
        assert "no raw file" in said(report)
        assert coverage(runtime) == (*complete(len(ids_of(simulator))), ["esi", "list"])

        simulator.state.days.change(small("archive_missing", "raw_missing", "list_missing", of=DAY_BEFORE))
        report = load_days(runtime, [DAY_BEFORE])
        assert not report.is_complete
        assert str(DAY_BEFORE) in (report.days[0].failure or "")
        assert coverage(runtime, DAY_BEFORE) is None
        for source in ("esi", "history", "everef"):
            assert not load_days(runtime, [DAY_BEFORE], source=source).is_complete


def test_bad_members_go_to_quarantine_with_day_file_and_kill_and_the_next_run_repairs_them(
    make_runtime: MakeRuntime,
) -> None:
    with serving(*BAD_MEMBERS, "member_negative_id", "member_twice", "member_no_attackers") as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        report = load_days(runtime, [DAY], source="everef")
        victims = struck(simulator)
        negative = victims["member_negative_id"]
        bad = {victims[name] for name in BAD_MEMBERS} - {victims["member_of_day_before"]}
        expected = {victims[name]: reason for name, reason in BAD_MEMBERS.items()}
        found = quarantined(runtime)
        bad.add(nobody := victims["member_no_attackers"])
        assert found.pop(nobody) in ("no_attackers", "hash_mismatch")  # an NPC or a player struck the final blow
        assert found == expected | {-negative: "negative_id"}
        assert report.quarantined == len(BAD_MEMBERS) + 2
        assert report.inserted == len(everything) - len(bad) - 1
        assert coverage(runtime) == (
            len(everything) + 1,
            len(everything) - len(bad) - 1,
            len(BAD_MEMBERS) + 1,
            {negative},
            ["everef", "list"],
        )
        for killmail_id, reason in expected.items():
            assert f"{DAY}: killmail {killmail_id} of killmails-{DAY}.tar.bz2 is in quarantine: {reason}" in said(
                report
            )
        assert f"killmail {victims['member_twice']} is in killmails-{DAY}.tar.bz2 twice" in said(report)
        assert differences(runtime, rows_of(simulator, everything - bad - {negative}, "everef")) == []
        assert not report.is_complete

        repaired = load_days(runtime, [DAY_BEFORE, DAY])
        assert repaired.is_complete
        assert in_core(runtime) == ids_of(simulator, DAY_BEFORE, DAY)
        assert quarantined(runtime) == {-negative: "negative_id"}
        assert coverage(runtime) == (*complete(len(everything)), ["esi", "list"])


def test_bad_members_of_the_raw_day_go_to_quarantine_too(make_runtime: MakeRuntime) -> None:
    with serving(*BAD_MEMBERS) as simulator:
        runtime = on(simulator, make_runtime)
        report = load_days(runtime, [DAY], source="history")
        victims = struck(simulator)
        found = quarantined(runtime)
        assert {one: found.get(one) for one in victims.values()} == {
            victims[name]: reason for name, reason in BAD_MEMBERS.items()
        }
        assert f"of history/raw/{DAY:%Y%m%d}.json is in quarantine" in said(report)


def test_bad_list_entries_lose_no_killmail_and_change_nothing_later(make_runtime: MakeRuntime) -> None:
    with serving(*BAD_ENTRIES) as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.inserted, report.quarantined) == (True, len(everything), 0)
        assert coverage(runtime) == (*complete(len(everything)), ["everef", "list"])
        assert differences(runtime, rows_of(simulator, everything, "everef")) == []
        victims = struck(simulator)
        for name in ("list_no_hash", "list_not_hex", "list_wrong_hash", "list_verified"):
            assert str(victims[name]) in said(report), name

        before = row_versions(runtime)
        again = load_days(runtime, [DAY])
        assert (again.is_complete, again.inserted, again.changed) == (True, 0, 0)
        assert row_versions(runtime) == before
        assert rows(runtime, "SELECT count(*) FROM staging.killmails") == [(0,)]


def test_a_wrong_hash_in_the_list_is_noted_and_the_body_of_the_raw_day_proves_its_own(
    make_runtime: MakeRuntime,
) -> None:
    with serving(*BAD_ENTRIES) as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        report = load_days(runtime, [DAY], source="history")
        assert (report.is_complete, report.inserted, report.quarantined) == (True, len(everything), 0)
        victims = struck(simulator)
        wrong = victims["list_wrong_hash"]
        expected = rows_of(simulator, everything - {victims["list_verified"]}, "history")
        right = expected["kills_fact"][(wrong,)]["killmail_hash"]
        assert rows(runtime, f"SELECT killmail_hash FROM core.kills_fact WHERE killmail_id = {wrong}") == [(right,)]
        assert f"killmail {wrong} has the hash {right} in history/raw/{DAY:%Y%m%d}.json and " in said(report)
        before = row_versions(runtime)
        again = load_days(runtime, [DAY], source="history")
        assert (again.is_complete, again.inserted, again.changed) == (True, 0, 0)
        assert row_versions(runtime) == before


@pytest.mark.parametrize("damage", ["list_missing", "list_empty", "list_short"])
def test_a_list_that_is_missing_empty_or_short_hides_no_killmail(make_runtime: MakeRuntime, damage: str) -> None:
    with serving(damage) as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.inserted) == (True, len(everything))
        assert (coverage(runtime) or ())[:4] == complete(len(everything))
        before = row_versions(runtime)
        assert load_days(runtime, [DAY]).is_complete
        assert row_versions(runtime) == before


def test_an_archive_shorter_than_the_list_is_filled_up_and_one_shorter_than_the_totals_is_a_failure(
    make_runtime: MakeRuntime,
) -> None:
    with serving("archive_short") as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        absent = without(sorted(everything), SHORT_BY, 1)
        report = load_days(runtime, [DAY], source="everef")
        assert (report.is_complete, report.inserted) == (False, len(everything) - SHORT_BY)
        assert coverage(runtime) == (len(everything), len(everything) - SHORT_BY, 0, absent, ["everef", "list"])
        assert load_days(runtime, [DAY]).is_complete
        assert in_core(runtime) == everything

        simulator.state.days.change(small("archive_short", "list_missing", of=DAY_BEFORE))
        report = load_days(runtime, [DAY_BEFORE])
        total = len(ids_of(simulator, DAY_BEFORE))
        assert not report.is_complete
        assert f"{DAY_BEFORE}: the upstreams' totals count {total} killmails" in (report.days[0].failure or "")
        assert (coverage(runtime, DAY_BEFORE) or ())[:2] == (total - SHORT_BY, total - SHORT_BY)


def test_a_short_day_never_replaces_a_fuller_one(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        assert load_days(runtime, [DAY]).is_complete
        before = row_versions(runtime)
        simulator.state.days.change(small("archive_short", "list_short"))
        for mode in ("missing", "reload"):
            report = load_days(runtime, [DAY], mode=mode)
            assert (report.is_complete, report.inserted, report.changed) == (True, 0, 0)
            assert f"the day list names {len(everything) - SHORT_BY} killmails, {len(everything)} were" in said(report)
        assert row_versions(runtime) == before
        assert (coverage(runtime) or ())[:4] == complete(len(everything))

        simulator.state.days.change(small("list_missing", "archive_missing", "raw_missing"))
        assert not load_days(runtime, [DAY]).is_complete
        assert (coverage(runtime) or ())[:4] == complete(len(everything))


def test_what_was_missing_stays_missing_though_a_shorter_list_names_it_no_more(make_runtime: MakeRuntime) -> None:
    with serving("archive_short") as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        load_days(runtime, [DAY], source="everef")
        simulator.state.days.change(small("archive_short", "list_short"))
        report = load_days(runtime, [DAY], source="everef")
        assert (len(report.days[0].missing), report.is_complete) == (SHORT_BY, False)
        assert (coverage(runtime) or ())[0] == len(everything)


def test_one_bad_day_stops_no_other_and_a_kill_of_two_files_is_taken_once(make_runtime: MakeRuntime) -> None:
    first = DAY - timedelta(days=2)
    damage: dict[str, tuple[str, ...]] = {
        str(first): ("archive_truncated", "raw_missing", "list_missing"),
        str(DAY): ("member_of_day_before",),
    }
    with serving(damage=damage) as simulator:
        runtime = on(simulator, make_runtime)
        both: list[date] = [DAY_BEFORE, DAY]
        report = load_days(runtime, [first, *both])
        assert [day.is_complete for day in report.days] == [False, True, True]
        assert in_core(runtime) == ids_of(simulator, *both)
        twice = struck(simulator)["member_of_day_before"]
        assert f"killmail {twice} is in killmails-{DAY}.tar.bz2 and in killmails-{DAY_BEFORE}" in said(report)
        assert quarantined(runtime) == {}
        before = row_versions(runtime)
        again = load_days(runtime, both, source="everef", mode="reload")
        assert (again.is_complete, again.changed, again.quarantined) == (True, 0, 0)
        assert row_versions(runtime) == before


def test_what_is_in_quarantine_stays_expected_though_no_source_names_it_any_more(make_runtime: MakeRuntime) -> None:
    with serving("member_two_final_blows", "list_missing") as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        load_days(runtime, [DAY], source="everef")
        bad = struck(simulator)["member_two_final_blows"]
        assert (coverage(runtime) or ())[:4] == complete(len(everything), quarantined=1)

        withheld = list(simulator.state.days._entries(DAY, "archive", frozenset()))
        simulator.state.days.change(small("list_missing"))
        content = packed([entry for entry in withheld if entry.killmail_id != bad], DAY)
        simulator.state.days._made["archive", DAY] = ArchiveFile(content, written_at(DAY + timedelta(days=1)))
        load_days(runtime, [DAY], source="everef")
        assert set(quarantined(runtime)) == {bad}
        assert (coverage(runtime) or ())[:4] == complete(len(everything), quarantined=1)
        run(runtime, "UPDATE quality.quarantine SET resolved_at = now(), resolution = 'retried'")
        load_days(runtime, [DAY], source="everef")
        assert (coverage(runtime) or ())[:4] == complete(len(everything) - 1)


def test_a_day_that_no_source_has_yet_is_told_from_one_that_is_lost(make_runtime: MakeRuntime) -> None:
    gone = ("archive_missing", "raw_missing", "list_missing")
    yesterday, today = DAY + timedelta(days=1), DAY + timedelta(days=2)
    with serving(*gone, of=yesterday) as simulator:
        runtime = on(simulator, make_runtime)
        [lost] = load_days(runtime, [yesterday]).days  # the totals count it
        assert (lost.is_unpublished, lost.is_complete, coverage(runtime, yesterday)) == (False, False, None)
        [unpublished] = load_days(runtime, [today]).days
        assert (unpublished.is_unpublished, unpublished.is_complete) == (True, False)
        assert "no raw file" in (unpublished.failure or "")
        assert coverage(runtime, today) == (*complete(0), [])
        assert coverage_status(runtime, str(today))["days_never_compared"] == 1
        [old] = load_days(runtime, [DAY - timedelta(days=40)]).days
        assert (old.is_unpublished, old.is_complete) == (False, False)
        with runtime.engine.connect() as connection:
            due = [row.day for row in days_to_compare(connection, today + timedelta(days=1), 30, 30)]
        assert due == [today]  # so the next day's run loads it once it is there


def test_a_full_disk_leaves_the_day_as_it_is(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        assert load_days(runtime, [DAY], source="everef").is_complete
        before = row_versions(runtime)
        archive: Path = runtime.settings.home_path / "cache" / "everef" / kept(runtime)[0]
        archive.unlink()
        archive.with_name(archive.name + ".part").symlink_to("/dev/full")
        report = load_days(runtime, [DAY], source="everef", mode="reload")
        assert f"archive of {DAY} cannot be kept in" in (report.days[0].failure or "")
        assert "No space left on device" in (report.days[0].failure or "")
        assert (row_versions(runtime), kept(runtime)) == (before, [])
        assert (coverage(runtime) or ())[:4] == complete(len(ids_of(simulator)))


def test_a_member_that_names_no_killmail_is_kept_in_quarantine_once(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        days = simulator.state.days
        nobody = DayMember(0, "0" * 40, b'{"killmail_id": 0}')
        content = packed([*days._entries(DAY, "archive", frozenset()), nobody], DAY)
        days._made["archive", DAY] = ArchiveFile(content, written_at(DAY))
        query = "SELECT killmail_id, reason, detail, body FROM quality.quarantine"
        for quarantined_now in (1, 0):
            report = load_days(runtime, [DAY], source="everef")
            assert report.quarantined == quarantined_now
            assert report.is_complete
            detail = f"a member of killmails-{DAY}.tar.bz2 names no killmail"
            [(killmail_id, reason, told, body)] = rows(runtime, query)
            assert (killmail_id, reason, told) == (None, "unreadable_package", detail)
            assert bytes(body).startswith(b'{"killmail_id": 0')
        [(number,)] = rows(runtime, "SELECT quarantine_id FROM quality.quarantine")
        discard(runtime, [number], "Ann", "nobody's")
        assert load_days(runtime, [DAY], source="everef").quarantined == 0
        assert len(rows(runtime, query)) == 1
        assert in_core(runtime) == ids_of(simulator)


def junk(count: int, first: int = 10**9) -> list[DayMember]:
    """Members of a kilobyte each that are no killmails."""
    body = b'{"killmail_id":' + b"x" * 1000
    return [DayMember(first + one, "0" * 40, body, is_readable=False) for one in range(count)]


def put_archive(simulator: Running, day: date, entries: Iterable[DayMember]) -> None:
    """Let the archive of a day have these members."""
    simulator.state.days._made["archive", day] = ArchiveFile(packed(list(entries), day), written_at(day))


def test_an_archive_of_junk_is_refused_whole_and_the_raw_day_takes_its_place(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.load.day_bodies.LARGEST_REFUSED", 20_000)
    monkeypatch.setattr("killmart.load.day_bodies.CHUNK", 10)
    with serving() as simulator:
        runtime, days = on(simulator, make_runtime), simulator.state.days
        everything, there = ids_of(simulator), days._entries(DAY, "archive", frozenset())
        put_archive(simulator, DAY, [*list(there)[:100], *junk(40)])
        strict = load_days(runtime, [DAY_BEFORE, DAY], source="everef")
        assert [day.is_complete for day in strict.days] == [True, False]
        assert f"killmails-{DAY}.tar.bz2 of {DAY} is refused whole" in (strict.days[1].failure or "")
        assert in_core(runtime) == ids_of(simulator, DAY_BEFORE)
        assert (quarantined(runtime), strict.quarantined) == ({}, 0)
        assert coverage(runtime) == (len(everything), 0, 0, everything, ["list"])
        seen = rows(runtime, "SELECT max(last_seen)::date FROM core.characters")
        assert seen == [(DAY_BEFORE,)]  # nobody was seen on what was refused

        auto = load_days(runtime, [DAY])
        assert (auto.is_complete, auto.inserted, auto.quarantined) == (True, len(everything), 0)
        assert "is refused whole" in said(auto)
        assert "The raw day of the history is tried in its place." in said(auto)
        assert coverage(runtime) == (*complete(len(everything)), ["list", "raw"])
        assert in_core(runtime) == ids_of(simulator, DAY_BEFORE, DAY)
        assert rows(runtime, "SELECT DISTINCT source FROM core.kills_fact ORDER BY 1") == [("everef",), ("history",)]


def test_the_junk_of_one_day_is_not_held_against_the_next(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.load.day_bodies.LARGEST_REFUSED", 20_000)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        for day, first in ((DAY_BEFORE, 10**9), (DAY, 2 * 10**9)):
            there = simulator.state.days._entries(day, "archive", frozenset())
            nobody = DayMember(0, "0" * 40, b'{"killmail_id": 0, "text": "' + b"x" * 4000 + b'"}')
            put_archive(simulator, day, [*there, *junk(12, first), nobody])
        report = load_days(runtime, [DAY_BEFORE, DAY], source="everef")
        assert [day.failure for day in report.days] == [None, None]
        assert report.quarantined == 2 * 13
        assert in_core(runtime) == ids_of(simulator, DAY_BEFORE, DAY)


def test_what_esi_gave_stays_where_the_archive_is_refused_whole(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.load.day_bodies.LARGEST_REFUSED", 20_000)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = sorted(ids_of(simulator))
        gone, few = everything[0], everything[:5]
        assert load_days(runtime, [DAY], source="history").is_complete
        delete_kills(runtime, few)
        simulator.state.config = replace(simulator.state.config, esi_gone=frozenset({gone}))
        simulator.state.days.change(small("raw_missing"))
        put_archive(simulator, DAY, junk(40))
        report = load_days(runtime, [DAY])
        assert (report.inserted, report.quarantined, report.days[0].missing) == (4, 0, [gone])
        assert "is refused whole" in said(report)
        assert in_core(runtime) == set(everything) - {gone}
        assert coverage(runtime) == (len(everything), len(everything) - 1, 0, {gone}, ["esi", "list"])
