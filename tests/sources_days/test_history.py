"""The history of whole days over real HTTP: lists read with care, raw bodies byte for byte, patience with faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart.simulate.app import Running
from killmart.simulate.faults import Faults
from killmart.sources.days import read_list, read_totals
from killmart.sources.history import History
from sources_days.conftest import DAY, NOW, damaged, serving, small

MakeHistory = Callable[[Running], History]


def truth(simulator: Running, day: date = DAY) -> dict[int, str]:
    """What there is on a day, without withholding and damage."""
    source = simulator.state.days._source
    return {kill.killmail_id: kill.killmail_hash for kill in source.kills(day, simulator.state.days.options)}


def test_a_day_is_listed_and_its_bodies_have_the_hashes_of_the_list(history: MakeHistory) -> None:
    with serving() as simulator:
        source = history(simulator)
        listed = source.day_list(DAY)
        assert listed is not None
        assert (listed.day, listed.source, listed.skipped) == (DAY, "history", {})
        assert listed.hashes == truth(simulator)
        assert 60 < len(listed.hashes) < 200
        raw = source.raw(DAY)
        assert raw is not None
        bodies = {body.killmail_id: body for body in raw}
        assert bodies.keys() == listed.hashes.keys()
        for killmail_id, body in bodies.items():
            killmail = msgspec.json.decode(body.body, type=Killmail)
            assert (killmail.killmail_id, hash_of(killmail)) == (killmail_id, listed.hashes[killmail_id])
            assert killmail.killmail_time.date() == DAY
            assert body.killmail_hash is None
        kill = simulator.state.catalogue.get(min(bodies))
        assert kill is not None
        assert bodies[kill.killmail_id].body == kill.body
        totals = source.totals()
        assert list(totals) == [DAY - timedelta(days=back) for back in (3, 2, 1, 0)]
        assert totals[DAY] == len(bodies)
        counts = {(count.route, count.status): count.requests for count in source.counter.take()}
        assert counts == {
            ("/history/{id}.json", 200): 1,
            ("/history/raw/{id}.json", 200): 1,
            ("/history/totals.json", 200): 1,
        }


def test_days_that_are_not_there_are_none(history: MakeHistory) -> None:
    with serving(
        small(first_day=date(2026, 6, 29), damage={"2026-11-17": ("list_missing", "raw_missing")})
    ) as simulator:
        source = history(simulator)
        for day in (DAY, DAY + timedelta(days=1), date(2026, 6, 28), date(2007, 12, 4)):
            assert source.day_list(day) is None
            assert source.raw(day) is None
        assert source.raw(date(2026, 6, 30)) is None
        assert source.day_list(date(2026, 6, 30)) is not None
        assert source.raw(date(2026, 7, 1)) is not None


def test_hashes_and_ids_are_checked(history: MakeHistory) -> None:
    names = ("list_verified", "list_padded", "list_no_hash", "list_not_hex", "list_wrong_hash", "list_bad_ids")
    with serving(damaged(*names)) as simulator:
        listed = history(simulator).day_list(DAY)
        assert listed is not None
        struck = simulator.state.status()["days"]["damaged"][DAY.isoformat()]
        there = truth(simulator)
        assert listed.hashes[struck["list_verified"]] == CCP_VERIFIED
        assert listed.hashes[struck["list_padded"]] == there[struck["list_padded"]]
        assert listed.hashes[struck["list_wrong_hash"]] != there[struck["list_wrong_hash"]]
        bad = {str(struck["list_no_hash"]), str(struck["list_not_hex"])}
        assert listed.skipped.keys() == {"0", "-7"} | bad
        assert listed.ids == set(there)
        changed = {killmail_id for killmail_id in listed.hashes if listed.hashes[killmail_id] != there[killmail_id]}
        assert changed == {struck["list_verified"], struck["list_wrong_hash"]}


def test_odd_entries_are_set_apart_with_the_reason() -> None:
    given = {
        "1": "A" * 40,
        " 2 ": "b" * 40,
        "x": "c" * 40,
        "9223372036854775808": "d" * 40,
        "4": None,
        "5": "e" * 41,
        "6": "e" * 40 + "\n",
    }
    listed = read_list(msgspec.json.encode(given), DAY)
    assert listed.hashes == {2: "b" * 40, 6: "e" * 40}
    assert listed.skipped.keys() == {"1", "x", "9223372036854775808", "4", "5"}
    assert listed.ids == {1, 2, 4, 5, 6}
    assert "40 hex digits" in listed.skipped["1"]
    assert "no text" in listed.skipped["4"]


def test_totals_that_are_no_days_or_numbers_are_left_out() -> None:
    given = {"20261117": 3, "2026-11-16": 4, "20261332": 5, "20261115": "6", "20261114": True, "20261113": 0}
    assert read_totals(msgspec.json.encode(given)) == {date(2026, 11, 17): 3, date(2026, 11, 13): 0}
    with pytest.raises(ValueError, match="no JSON object"):
        read_totals(b"[1]")


def test_withheld_and_late_kills_are_not_in_list_raw_and_totals_until_they_are_there(history: MakeHistory) -> None:
    with serving(small(list_withheld=0.2, late=0.2)) as simulator:
        source, there = history(simulator), truth(simulator)
        listed, raw = source.day_list(DAY), source.raw(DAY)
        assert listed is not None
        assert raw is not None
        status = simulator.state.status()["days"]
        withheld, late = set(status["list"][DAY.isoformat()]), set(status["late"][DAY.isoformat()])
        assert withheld
        assert late
        assert listed.ids == {body.killmail_id for body in raw} == there.keys() - withheld - late
        assert source.totals()[DAY] == len(listed.ids)
        simulator.state.days.change(small(list_withheld=0.2, late=0.2, late_is_there=True))
        listed = source.day_list(DAY)
        assert listed is not None
        assert listed.ids == there.keys() - withheld
        assert source.totals()[DAY] == len(listed.ids)


def test_broken_answers_are_asked_for_again(history: MakeHistory) -> None:
    rates = {f"r2z2:{name}": 0.15 for name in ("500", "reset", "truncated", "html")}
    with serving(faults=Faults(rates=rates)) as simulator:
        source, there = history(simulator), truth(simulator)
        for _ in range(4):
            listed = source.day_list(DAY)
            assert listed is not None
            assert listed.hashes == there
            assert source.totals()[DAY] == len(there)
        assert sum(simulator.state.injected()["r2z2"].values()) > 3


def test_a_ban_and_an_upstream_that_is_away_are_sentences(history: MakeHistory) -> None:
    with (
        serving(faults=Faults(rates={"r2z2:403": 1})) as simulator,
        pytest.raises(UpstreamRefusedError, match="an hour") as refused,
    ):
        history(simulator).day_list(DAY)
    assert refused.value.pause_seconds == 3600
    with serving(faults=Faults(rates={"r2z2:reset": 1})) as simulator, pytest.raises(UpstreamError, match="reached"):
        history(simulator).totals()


def test_a_429_is_waited_out(history: MakeHistory) -> None:
    with serving(faults=Faults(rates={"r2z2:429": 0.5}, seed=3)) as simulator:
        source = history(simulator)
        for _ in range(3):
            assert source.day_list(DAY) is not None
        assert simulator.state.injected()["r2z2"]["429"]
        assert simulator.state.status()["requests_in_pause"] == {}


def test_the_present_is_that_of_the_simulator() -> None:
    assert date.fromtimestamp(NOW) - DAY == timedelta(days=1)
