"""The history of whole days over real HTTP: lists read with care, raw bodies byte for byte, patience with faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import cast

import msgspec
import pytest

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart.sources import history as history_source
from killmart.sources.days import read_list, read_totals
from killmart.sources.history import History
from killmart_demo.app import Running
from killmart_demo.faults import Faults
from support.days import DAY, NOW, damaged, serving, small
from support.scripted import scripted

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


def raw_of(history: MakeHistory, content: bytes) -> list[tuple[int | None, bytes]]:
    """The bodies of a raw day that is answered so."""
    with scripted(lambda *_: (200, content)) as upstream:
        found = history(cast(Running, upstream)).raw(DAY)
    assert found is not None
    return [(one.killmail_id, one.body) for one in found]


def test_a_raw_day_is_read_in_windows_byte_for_byte(history: MakeHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [b'{"n": %d, "%d" : {"7":{} , "8":{}}, "text":"}, \\"9\\": {"}' % (one, one) for one in range(300)]
    pairs = b" ,\n".join(b'"%d" : %s' % pair for pair in enumerate(bodies))
    expected = list(enumerate(bodies))
    for window in (2 << 20, 5000, 501):
        monkeypatch.setattr(history_source, "_WINDOW", window)
        assert raw_of(history, b" {" + pairs + b"}\n ") == expected
    assert raw_of(history, b'{"no number":{},"-5":1}') == [(None, b"{}"), (-5, b"1")]
    assert raw_of(history, b"{}") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b"{", b"}", b'{"1":{}', b'{"1":{},}', b'{"1":{}}}', b'{"1":{},"2":{"a":}}', b'{"1":{}} {'],
)
def test_what_is_no_raw_day_is_told(history: MakeHistory, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    for window in (2 << 20, 8):
        monkeypatch.setattr(history_source, "_WINDOW", window)
        with pytest.raises(UpstreamError, match="no JSON object of bodies"):
            raw_of(history, content)


def test_bodies_that_are_too_large_or_too_many_condemn_a_raw_day(
    history: MakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = b"{" + b" " * (history_source.LARGEST_BODY - 2) + b"}"
    assert raw_of(history, b'{"1":' + largest + b"}") == [(1, largest)]
    with pytest.raises(UpstreamError, match=r"of 2026-11-17 has a killmail of more than 1 MB, .*EVE Ref or from"):
        raw_of(history, b'{"1":{},"2":' + largest.replace(b" ", b"  ", 1) + b"}")
    monkeypatch.setattr(history_source, "MOST_BODIES", 2)
    assert len(raw_of(history, b'{"1":{},"2":{}}')) == 2
    with pytest.raises(UpstreamError, match="more than 2 killmails"):
        raw_of(history, b'{"1":{},"2":{},"3":{}}')


@pytest.mark.parametrize(
    ("end", "said", "asked"),
    [(b'"},"3":{}}', "has a killmail of more than 1 MB", 1), (b'"},"3":{}', "no JSON object of bodies", 5)],
)
def test_a_raw_day_with_a_huge_body_is_asked_for_once_and_a_broken_one_again(
    history: MakeHistory, end: bytes, said: str, asked: int
) -> None:
    size = 3 << 20 if asked == 1 else 1000
    content = b'{"1":{},"2":{"a":"' + b"x" * size + end
    with scripted(lambda *_: (200, content)) as upstream, pytest.raises(UpstreamError, match=said):
        history(cast(Running, upstream)).raw(DAY)
    assert len(upstream.requests) == asked
