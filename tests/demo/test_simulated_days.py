"""The simulated history and EVE Ref over a real socket: whole days, ranges, what is withheld, late and damaged."""

from __future__ import annotations

import bz2
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from killmart.model.killmail import Killmail, hash_of
from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.days_options import DAMAGES, DayOptions
from killmart_demo.universe import Universe
from killmart_demo.watch import Limits

NOW = 1_795_000_000.0
"""2026-11-18, in the forenoon."""
DAY = "2026-11-17"
FREE = Limits(r2z2_per_second=10_000)
AGENT = {"User-Agent": "Killmart/1 (tests)"}
ARCHIVE = f"everef/killmails/2026/killmails-{DAY}.tar.bz2"
PRICES = f"everef/market-history/2026/market-history-{DAY}.csv.bz2"
LIST, RAW = "r2z2/history/20261117.json", "r2z2/history/raw/20261117.json"


def small(**options: Any) -> SimulatorConfig:
    days = DayOptions(**{"day_kills": 100, "first_day": date(2026, 11, 15)} | options)
    return SimulatorConfig(kills=5, now=lambda: NOW, limits=FREE, days=days)


def get(simulator: Running, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{simulator.url}/{path}", headers=AGENT | headers, timeout=60)


def change(simulator: Running, **options: object) -> requests.Response:
    return requests.post(f"{simulator.url}/_sim/days", json=options, timeout=60)


def members(content: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(bz2.decompress(content))) as archive:
        opened = ((member.name, archive.extractfile(member)) for member in archive)
        return [(name, file.read()) for name, file in opened if file is not None]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(small()) as found:
        yield found


def test_list_raw_and_archive_tell_the_same_kills_of_the_universe(simulator: Running) -> None:
    listed = get(simulator, LIST).json()
    raw = msgspec.json.decode(get(simulator, RAW).content, type=dict[str, msgspec.Raw])
    packed = members(get(simulator, ARCHIVE).content)
    assert listed.keys() == raw.keys() == {name.removeprefix("killmails/").removesuffix(".json") for name, _ in packed}
    assert 50 < len(listed) < 200
    universe = Universe(1)
    for name, text in packed:
        body = msgspec.json.decode(text, type=Killmail)
        kill = simulator.state.catalogue.get(body.killmail_id)
        assert kill is not None
        assert kill == universe.kill_at(int(kill.killed_at.timestamp()))
        assert name == f"killmails/{body.killmail_id}.json"
        assert listed[str(body.killmail_id)] == body.killmail_hash == hash_of(body)
        assert bytes(raw[str(body.killmail_id)]) == kill.body
        assert text.startswith(kill.body[:-1])
        assert body.http_last_modified == "2026-11-18T04:12:00Z"
    days = ["20261115", "20261116", "20261117"]
    for path in ("r2z2/history/totals.json", "everef/killmails/totals.json"):
        totals = get(simulator, path).json()
        assert list(totals) == days
        assert totals["20261117"] == len(listed)
    for path in (LIST, RAW, "r2z2/history/totals.json"):
        assert get(simulator, path).headers["Cache-Control"] == "max-age=31536000"


def test_a_day_is_the_same_in_another_simulator(simulator: Running) -> None:
    with running(small()) as other:
        for path in (LIST, RAW, ARCHIVE):
            assert get(other, path).content == get(simulator, path).content
        assert get(other, ARCHIVE).headers["ETag"] == get(simulator, ARCHIVE).headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "r2z2/history/20261118.json",
        "r2z2/history/raw/20261118.json",
        "r2z2/history/20261114.json",
        "r2z2/history/2026-11-17.json",
        "r2z2/history/20261332.json",
        "everef/killmails/2026/killmails-2026-11-18.tar.bz2",
        "everef/killmails/2026/killmails-2026-11-14.tar.bz2",
        "everef/killmails/2025/killmails-2026-11-17.tar.bz2",
        "everef/killmails/2026/killmails-20261117.tar.bz2",
    ],
)
def test_what_is_no_day_up_to_yesterday_is_404(simulator: Running, path: str) -> None:
    assert get(simulator, path).status_code == 404


def test_raw_days_begin_on_a_day_of_their_own() -> None:
    with running(small(first_day=date(2026, 6, 29))) as simulator:
        assert get(simulator, "r2z2/history/20260630.json").status_code == 200
        assert get(simulator, "r2z2/history/raw/20260630.json").status_code == 404
        assert get(simulator, "r2z2/history/raw/20260701.json").status_code == 200


def test_an_archive_is_served_whole_and_in_ranges(simulator: Running) -> None:
    whole = get(simulator, ARCHIVE)
    content, etag, written = whole.content, whole.headers["ETag"], whole.headers["Last-Modified"]
    head = requests.head(f"{simulator.url}/{ARCHIVE}", headers=AGENT, timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Length", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name]
    assert int(head.headers["Content-Length"]) == len(content)
    for wanted, found in (
        ("bytes=0-99", content[:100]),
        ("bytes=500-", content[500:]),
        ("bytes=9-999999999", content[9:]),
    ):
        for condition in (etag, written):
            part = get(simulator, ARCHIVE, Range=wanted, **{"If-Range": condition})
            assert (part.status_code, part.content, part.headers["ETag"]) == (206, found, etag)
            first = content.index(found)
            assert part.headers["Content-Range"] == f"bytes {first}-{first + len(found) - 1}/{len(content)}"
    changed = get(simulator, ARCHIVE, Range="bytes=500-", **{"If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, content)
    assert get(simulator, ARCHIVE, Range=f"bytes={len(content)}-").status_code == 416


def test_what_is_withheld_and_late_is_named_and_comes_with_the_switch() -> None:
    with running(small(archive_withheld=0.2, list_withheld=0.1, late=0.2)) as simulator:
        before = get(simulator, ARCHIVE)
        archive, listed = {name for name, _ in members(before.content)}, get(simulator, LIST).json().keys()
        status = get(simulator, "_sim/status").json()["days"]
        gone = {kind: set(map(str, status[kind][DAY])) for kind in ("archive", "list", "late")}
        assert all(gone.values())
        answer = change(simulator, late_is_there=True)
        assert answer.json()["options"]["late_is_there"] is True
        after = get(simulator, ARCHIVE)
        assert after.headers["ETag"] != before.headers["ETag"]
        assert after.headers["Last-Modified"] != before.headers["Last-Modified"]
        archive_then, listed_then = {name for name, _ in members(after.content)}, get(simulator, LIST).json().keys()
        late = {f"killmails/{one}.json" for one in gone["late"] - gone["archive"]}
        assert archive_then - archive == late
        assert listed_then - listed == gone["late"] - gone["list"]
        assert not {f"killmails/{one}.json" for one in gone["archive"]} & archive_then
        assert not gone["list"] & listed_then
        assert get(simulator, "everef/killmails/totals.json").json()["20261117"] == len(archive_then)
        assert get(simulator, "r2z2/history/totals.json").json()["20261117"] == len(listed_then)


def test_every_damage_can_be_done_and_undone() -> None:
    with running(small(short_by=20)) as simulator:
        true = {path: get(simulator, path) for path in (LIST, RAW, ARCHIVE, PRICES)}
        for name in DAMAGES:
            assert change(simulator, damage={DAY: [name]}).status_code == 200
            found = {path: get(simulator, path) for path in true}
            differs = {path for path in true if found[path].content != true[path].content}
            kind = name.partition("_")[0]
            files = {"archive": {ARCHIVE}, "list": {LIST}, "raw": {RAW}, "member": {RAW, ARCHIVE}, "prices": {PRICES}}
            assert differs == files[kind], name
            missing = name.endswith("_missing")
            assert {found[path].status_code for path in differs} == {404 if missing else 200}
            if kind == "member":
                struck = get(simulator, "_sim/days").json()["struck"]["damaged"][DAY]
                assert list(struck) == [name]
                assert msgspec.json.decode(found[RAW].content)
                assert len(members(found[ARCHIVE].content)) - len(members(true[ARCHIVE].content)) in (0, 1)
        change(simulator, damage={})
        assert all(get(simulator, path).content == answer.content for path, answer in true.items())


def test_damaged_kills_are_what_they_are_said_to_be() -> None:
    names = ["member_republished", "member_time_outside", "member_twice", "member_of_day_before", "list_wrong_hash"]
    with running(small(damage={"*": tuple(names)})) as simulator:
        bodies = [msgspec.json.decode(text, type=Killmail) for _, text in members(get(simulator, ARCHIVE).content)]
        listed = get(simulator, LIST).json()
        struck = get(simulator, "_sim/status").json()["days"]["damaged"][DAY]
        assert struck.keys() == set(names)
        found = {body.killmail_id: body for body in bodies}
        assert all(body.killmail_hash == hash_of(body) for body in bodies)
        republished = found[struck["member_republished"]]
        true = simulator.state.catalogue.get(struck["member_republished"])
        assert true is not None
        assert len(republished.attackers) == len(msgspec.json.decode(true.body)["attackers"]) + 1
        outside = {body.killmail_id for body in bodies if f"{body.killmail_time:%Y-%m-%d}" != DAY}
        assert outside == {struck["member_time_outside"], struck["member_of_day_before"]}
        assert [body.killmail_id for body in bodies].count(struck["member_twice"]) == 2
        assert listed[str(struck["list_wrong_hash"])] in set(listed.values())


def test_a_third_request_at_a_time_draws_429_and_is_a_breach() -> None:
    with running(small(answer_seconds=0.5)) as simulator:
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(get(simulator, ARCHIVE).status_code)) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses.count(200) == 2
        assert statuses.count(429) == 3
        assert "everef had to answer 429 to 3 requests beyond 2 at once." in simulator.state.breaches()
        change(simulator, answer_seconds=0)
        assert get(simulator, ARCHIVE).status_code == 200


def test_the_history_has_the_limits_of_r2z2() -> None:
    config = SimulatorConfig(kills=5, now=lambda: NOW, days=DayOptions(day_kills=100))
    with running(config) as simulator:
        assert get(simulator, LIST, **{"User-Agent": ""}).status_code == 403
        assert 429 in {get(simulator, LIST).status_code for _ in range(40)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"late": 2}, "from 0 to 1"),
        ({"late": "x"}, "Expected"),
        ({"lat": 0.5}, "no option lat"),
        ({"short_by": -1}, "negative"),
        ({"damage": {DAY: ["archive_on_fire"]}}, "archive_on_fire"),
        ({"damage": {"yesterday": []}}, "'yesterday' is no day"),
    ],
)
def test_options_that_make_no_sense_are_refused(simulator: Running, options: dict[str, Any], said: str) -> None:
    answer = change(simulator, **options)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_real_kills_are_grouped_by_day(shared_file: Callable[[str], Path]) -> None:
    path = shared_file("killmails/corpus_2008_2026.jsonl.gz")
    with running(SimulatorConfig(bodies=(path,), limits=FREE)) as simulator:
        totals = get(simulator, "everef/killmails/totals.json").json()
        assert totals == get(simulator, "r2z2/history/totals.json").json()
        assert sum(totals.values()) == 106
        day = min(totals)
        name = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        packed = members(get(simulator, f"everef/killmails/{day[:4]}/killmails-{name}.tar.bz2").content)
        assert len(packed) == totals[day] == len(get(simulator, f"r2z2/history/{day}.json").json())
        assert len(get(simulator, f"r2z2/history/raw/{day}.json").json()) == totals[day]
        for _, text in packed:
            body = msgspec.json.decode(text, type=Killmail)
            assert f"{body.killmail_time:%Y-%m-%d}" == name
