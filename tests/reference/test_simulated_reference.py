"""The simulator's static data and people cover all that its universe can produce; ESI's errors and limit are ESI's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from killmart.errors import KillmartError
from killmart_demo.bodies import read_kills
from killmart_demo.config import SimulatorConfig
from killmart_demo.esi_limits import ErrorLimit
from killmart_demo.fight import compose
from killmart_demo.people import People
from killmart_demo.population import CORPORATIONS, MEMBERS, pilot
from killmart_demo.sde_tables import csv_tables, generated_tables
from killmart_demo.state import SimulatorState
from killmart_demo.type_table import BY_ID
from support import realdata
from support.upstreams import MakeUpstreams, Upstreams, some_pilots

DATE = {"X-Compatibility-Date": "2026-08-18"}
ENTITIES = {"character_id": "character", "corporation_id": "corporation", "alliance_id": "alliance"}


def bodies(count: int) -> Iterator[dict[str, Any]]:
    for second in range(1_790_000_000, 1_790_000_000 + count * 997, 997):
        yield compose(1, second, datetime.fromtimestamp(second, UTC))


def type_ids(body: dict[str, Any]) -> Iterator[int]:
    items = list(body["victim"]["items"])
    while items:
        item = items.pop()
        yield item["item_type_id"]
        items += item.get("items", [])
    for some in (body["victim"], *body["attackers"]):
        yield from (some[key] for key in ("ship_type_id", "weapon_type_id") if key in some)


def test_every_kill_of_the_universe_is_made_of_what_the_static_data_and_esi_know() -> None:
    tables = generated_tables()
    types = {line["_key"] for line in tables["types"]}
    systems = {line["_key"] for line in tables["mapSolarSystems"]}
    people = People(SimulatorState(SimulatorConfig(kills=0)))
    people.nameless.clear()
    for body in bodies(1_500):
        assert set(type_ids(body)) <= types
        assert body["solar_system_id"] in systems
        for some in (body["victim"], *body["attackers"]):
            for key, category in ENTITIES.items():
                if key in some:
                    entry = people.name_of(some[key])
                    assert entry is not None
                    assert entry["category"] == category
                    assert entry["name"]
    assert set(BY_ID) <= types
    assert systems >= {*range(30_000_001, 30_005_001), *range(31_000_001, 31_002_605)}


def test_the_generated_tables_are_whole_and_for_ever_the_same() -> None:
    tables = generated_tables()
    keys = {name: [line["_key"] for line in table] for name, table in tables.items()}
    assert all(len(set(found)) == len(found) for found in keys.values())
    assert {line["groupID"] for line in tables["types"]} == set(keys["groups"])
    assert {line["categoryID"] for line in tables["groups"]} == set(keys["categories"])
    assert {line["constellationID"] for line in tables["mapSolarSystems"]} == set(keys["mapConstellations"])
    assert {line["regionID"] for line in tables["mapSolarSystems"]} == set(keys["mapRegions"])
    assert all(line["name"]["en"] for name in ("mapSolarSystems", "types", "groups") for line in tables[name])
    assert tables == generated_tables()


def test_a_few_of_the_population_are_deleted_or_nameless() -> None:
    people = People(SimulatorState(SimulatorConfig(kills=0)))
    everybody = [pilot(index).character_id for index in range(CORPORATIONS * MEMBERS)]
    assert sum(people.name_of(eve_id) is None for eve_id in everybody) == 3
    assert sum(people.affiliation_of(eve_id) is None for eve_id in everybody) == 3


@realdata.needs_realdata
def test_esi_knows_everybody_in_the_bodies_that_are_replayed() -> None:
    path = realdata.DATA / "killmails" / "corpus_2008_2026.jsonl.gz"
    people = People(SimulatorState(SimulatorConfig(bodies=(path,))))
    import json

    for kill in read_kills(path):
        body = json.loads(kill.body)
        for some in (body["victim"], *body["attackers"]):
            assert all(people.name_of(some[key]) for key in ENTITIES if key in some)
            if "character_id" in some:
                assert people.affiliation_of(some["character_id"])


@pytest.mark.parametrize("route", ["/universe/names", "/characters/affiliation"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"[1, 1]", DATE),
        (b"[]", DATE),
        (b"nonsense", DATE),
        (b'["30000142"]', DATE),
        (b'{"ids": [1]}', DATE),
        (b"[" + b",".join(b"%d" % n for n in range(1, 1002)) + b"]", DATE),
        (b"[90000000]", {}),
    ],
)
def test_a_bad_question_is_400(upstreams: Upstreams, route: str, body: bytes, headers: dict[str, str]) -> None:
    answer = requests.post(upstreams.urls["esi"] + route, data=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert answer.headers["X-ESI-Error-Limit-Remain"] == "99"


def test_one_bad_id_spoils_the_request(upstreams: Upstreams) -> None:
    good = [p.character_id for p in some_pilots(3)]

    def ask(route: str, ids: list[int]) -> requests.Response:
        return requests.post(upstreams.urls["esi"] + route, json=ids, headers=DATE, timeout=60)

    assert ask("/universe/names", [*good, 12]).status_code == 404
    assert ask("/universe/names/", good).status_code == 200
    assert ask("/characters/affiliation", [*good, 30000142]).status_code == 400
    assert ask("/characters/affiliation/", good).status_code == 200
    names = {entry["id"]: entry for entry in ask("/universe/names", [30000142, 587, 500001, 1000125]).json()}
    assert [(names[i]["category"], names[i]["name"]) for i in (30000142, 587, 500001, 1000125)] == [
        ("solar_system", "Jita"),
        ("inventory_type", "Rifter"),
        ("faction", "Caldari State"),
        ("corporation", "CONCORD"),
    ]


def test_after_a_hundred_errors_everything_is_420_until_the_minute_is_over(make_upstreams: MakeUpstreams) -> None:
    at = [6_000.0]
    upstreams = make_upstreams(clock=lambda: at[0])
    url = upstreams.urls["esi"] + "/universe/names"

    def ask(ids: list[int]) -> requests.Response:
        return session.post(url, json=ids, headers=DATE, timeout=60)

    with requests.Session() as session:
        assert [ask([1]).status_code for _ in range(100)] == [404] * 100
        at[0] += 20.5
        refused = ask([30000142])
        assert refused.status_code == 420
        assert refused.headers["X-ESI-Error-Limit-Remain"] == "0"
        assert refused.headers["X-ESI-Error-Limit-Reset"] == "40"
        assert refused.json()["error"]
        at[0] += 40
        assert ask([30000142]).headers["X-ESI-Error-Limit-Remain"] == "100"


def test_errors_are_counted_minute_by_minute() -> None:
    at = [0.0]
    limit = ErrorLimit(10, 60.0, lambda: at[0])
    for status in (200, 304, 404, 420, 500):
        limit.note(status)
    assert (limit.remaining, limit.reset_seconds) == (8, 60)
    at[0] = 59.5
    assert limit.headers() == {"X-ESI-Error-Limit-Remain": "8", "X-ESI-Error-Limit-Reset": "1"}
    at[0] = 60.0
    assert (limit.remaining, limit.most) == (10, 2)


def test_a_folder_without_csv_files_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(KillmartError, match=r"solar_systems\.csv"):
        csv_tables(tmp_path)
