"""The JSON API over real HTTP: what it says is what the warehouse has, and bad questions get a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from killmart.db.sums import MART_KEYS
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart.web.api.app import API
from killmart.web.api.mart_models import DESCRIBED, MARTS
from support.deriving import derive_anew
from support.pipeline import attacker, kill, load_past_gate, ref, rows, run, stage, victim
from support.serving import READER, client, make_app, served

DAY = "2021-11-29"
VICTIM, KILLER, CORPORATION, ALLIANCE, SYSTEM = 95_000_001, 95_000_002, 98_000_002, 99_000_001, 30_000_142
HUGE = 2**63
ZKB = {"totalValue": 12_345_678_901.5, "fittedValue": 10.25, "destroyedValue": 9.1, "droppedValue": 0.2, "points": 7}


@pytest.fixture
def filled(runtime: Runtime) -> Runtime:
    """Twelve killmails of one day with their mart, a name or two, and a checked day."""
    bodies = [
        kill(number, killmail_time=f"{DAY}T12:{number:02}:00Z", solar_system_id=SYSTEM + number % 2)
        for number in range(1, 13)
    ]
    bodies[3] |= {"attackers": [attacker(VICTIM, corporation_id=98_000_001), attacker(KILLER, final_blow=True)]}
    bodies[4] |= {"victim": victim(character_id=KILLER, corporation_id=CORPORATION, alliance_id=None)}
    stage(runtime, [ref(body, ZKB) for body in bodies])
    load_past_gate(runtime)
    refresh_marts(runtime)
    run(runtime, "UPDATE core.characters SET name = 'Ánna @everyone' WHERE eve_id = :id", id=KILLER)
    run(runtime, "UPDATE core.corporations SET name = '50%_off' WHERE eve_id = :id", id=CORPORATION)
    run(runtime, "INSERT INTO reference.solar_systems (system_id, name) VALUES (:id, 'Jita')", id=SYSTEM)
    run(
        runtime,
        "INSERT INTO reference.types (type_id, name, group_id) VALUES (587, 'Rifter', 25), (34, 'Tritanium', 18)",
    )
    run(
        runtime,
        """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
        VALUES (:day, 15, 12, 0, '{101, 102, 9223372036854775807}', '{history}', now())""",
        day=DAY,
    )
    return runtime


@pytest.fixture
def api(filled: Runtime) -> Iterator[httpx.Client]:
    """A program that asks the API, logged in as somebody who may only read."""
    with served(make_app(filled)) as url, client(url + API, READER) as one:
        yield one


@pytest.fixture
def empty_api(blank: str) -> Iterator[httpx.Client]:
    """The same on an empty warehouse."""
    with client(blank + API, READER) as one:
        yield one


def asked(api: httpx.Client, path: str, **query: Any) -> Any:
    """The answer, checked against the OpenAPI document that the API itself serves."""
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    document = api.get("/openapi.json").json()
    schema = {**schema_of(document, path), "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    return answer.json()


def schema_of(document: Any, path: str) -> dict[str, Any]:
    parts = path.split("/")
    for known, route in sorted(document["paths"].items(), key=lambda one: one[0].count("{")):
        wanted = known.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            schema: dict[str, Any] = route["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            return schema
    raise AssertionError(path)


def everything(api: httpx.Client, path: str, list_name: str, **query: Any) -> list[Any]:
    """All pages of a list."""
    found, page = [], asked(api, path, **query)
    while True:
        found += page[list_name]
        if page["next"] is None:
            return found
        page = asked(api, path, **query, cursor=page["next"])


def test_a_killmail_whole(api: httpx.Client) -> None:
    found = asked(api, "/killmails/4")
    assert found["kill_time"] == f"{DAY}T12:04:00Z"
    assert (found["system_id"], found["system_name"]) == (SYSTEM, "Jita")
    assert (found["total_value"], found["fitted_value"], found["value_source"]) == (12_345_678_902, 10.25, "zkb")
    assert found["victim"]["ship_name"] == "Rifter"
    assert found["victim"]["alliance_id"] == ALLIANCE
    assert [one["character_id"] for one in found["attackers"]] == [VICTIM, KILLER]
    assert [one["final_blow"] for one in found["attackers"]] == [False, True]
    assert found["attackers"][1]["character_name"] == "Ánna @everyone"
    assert found["attackers"][1]["corporation_name"] == "50%_off"
    assert [(one["item_index"], one["parent_index"]) for one in found["items"]] == [(0, None), (1, 0), (2, None)]
    assert found["items"][1]["type_name"] == "Tritanium"


def test_lists_of_killmails_by_their_filters(api: httpx.Client) -> None:
    def ids(**query: Any) -> list[int]:
        return [one["killmail_id"] for one in everything(api, "/killmails", "killmails", limit=5, **query)]

    newest = list(range(12, 0, -1))
    assert ids() == newest
    assert ids(system_id=SYSTEM) == [12, 10, 8, 6, 4, 2]
    assert ids(**{"from": DAY, "to": DAY}) == newest
    assert ids(**{"from": "2021-11-30", "to": "2021-11-30"}) == []
    assert ids(to=DAY, min_value=12_345_678_902) == newest
    assert ids(to=DAY, min_value=12_345_678_903) == []
    theirs = {"entity_kind": "character", "entity_id": KILLER}
    assert ids(**theirs) == newest
    assert ids(**theirs, role="victim") == [5]
    assert ids(**theirs, role="attacker") == newest  # it was among its own attackers too
    assert ids(entity_kind="character", entity_id=VICTIM, role="attacker") == [4]
    assert ids(entity_kind="alliance", entity_id=ALLIANCE) == [12, 11, 10, 9, 8, 7, 6, 4, 3, 2, 1]
    assert ids(entity_kind="corporation", entity_id=CORPORATION, role="victim", system_id=SYSTEM + 1) == [5]
    [summary] = asked(api, "/killmails", **theirs, role="victim")["killmails"]
    assert summary["final_blow"]["character_name"] == "Ánna @everyone"
    assert summary["victim"]["character_id"] == KILLER


def test_ids_that_do_not_follow_time_are_found_by_their_days(runtime: Runtime) -> None:
    times = {1: "2021-11-30T00:00:00Z", 2: "2021-11-29T23:59:59Z", 3: "2021-11-28T10:00:00Z", 9: "2021-11-29T00:00:00Z"}
    stage(runtime, [ref(kill(number, killmail_time=time)) for number, time in times.items()])
    load_past_gate(runtime)
    with served(make_app(runtime)) as url, client(url + API) as api:
        found = asked(api, "/killmails", **{"from": DAY, "to": DAY})
        assert [one["killmail_id"] for one in found["killmails"]] == [9, 2]


def test_a_list_counts_as_the_figures_do(runtime: Runtime) -> None:
    """An NPC's corporation has no kills of it, a character has all that name it; of days by their UTC bounds."""
    npc = attacker(3_000_001, corporation_id=1_000_125, final_blow=True)
    stage(runtime, [ref(kill(1, attackers=[npc])), ref(kill(2, attackers=[npc, attacker(95_000_002)]))])
    stage(runtime, [ref(kill(3, victim=victim(corporation_id=1_000_125)))])
    load_past_gate(runtime)
    with served(make_app(runtime)) as url, client(url + API) as api:

        def ids(kind: str, entity_id: int, **query: Any) -> list[int]:
            found = asked(api, "/killmails", entity_kind=kind, entity_id=entity_id, **query)
            return [one["killmail_id"] for one in found["killmails"]]

        assert ids("corporation", 1_000_125) == [3]
        assert ids("corporation", 1_000_125, role="attacker") == []
        assert ids("character", 3_000_001, role="attacker") == [2, 1]
        assert ids("corporation", 98_000_002) == [3, 2]
        assert ids("corporation", 98_000_002, **{"from": DAY, "to": DAY}) == [3, 2]
        assert ids("corporation", 98_000_002, **{"from": "2021-11-30", "to": "2021-11-30"}) == []
        sums = asked(api, "/entities/corporation/98000002", **{"from": DAY, "to": DAY})
        assert sums["totals"]["kills"] == 2


def test_names_are_found_by_their_beginning(api: httpx.Client) -> None:
    def names(q: str, **query: Any) -> list[tuple[str, int]]:
        return [
            (one["entity_kind"], one["entity_id"]) for one in asked(api, "/entities/search", q=q, **query)["entities"]
        ]

    assert names("ji") == [("system", SYSTEM)]
    assert names("50%_") == [("corporation", CORPORATION)]
    assert names("50_") == []
    assert names("ji", entity_kind="character") == []
    assert names("%%") == names("\\'") == names("__") == []


def test_an_entity_is_summed_up_from_the_mart(api: httpx.Client) -> None:
    days = {"from": DAY, "to": DAY}
    found = asked(api, f"/entities/character/{KILLER}", **days)
    assert (found["name"], found["corporation_name"], found["first"]) == ("Ánna @everyone", "50%_off", DAY)
    totals = found["totals"]
    assert (totals["kills"], totals["losses"], totals["ratio"]) == (12, 1, 12.0)
    assert totals["isk_killed"] == 12 * 12_345_678_902
    assert totals["efficiency"] == pytest.approx(12 / 13)
    assert [(ship["ship_type_id"], ship["kills_with"]) for ship in found["top_ships"]] == [(587, 12)]
    assert found["last_seen"] == f"{DAY}T12:12:00Z"
    lately = asked(api, f"/entities/character/{KILLER}")
    assert (lately["totals"]["kills"], lately["totals"]["ratio"], lately["top_ships"]) == (0, None, [])
    assert asked(api, f"/entities/system/{SYSTEM}", **days)["last_day"] == DAY
    assert asked(api, f"/entities/alliance/{ALLIANCE}", **days)["totals"]["losses"] == 11
    assert asked(api, f"/entities/corporation/{CORPORATION}", **days)["totals"]["kills"] == 12


@pytest.mark.parametrize("table", MARTS)
def test_a_mart_table_comes_whole_in_pages_and_has_the_columns_of_the_table(
    api: httpx.Client, filled: Runtime, table: str
) -> None:
    key = MART_KEYS[table]
    found = everything(api, f"/marts/{table}", "rows", **{"from": DAY, "to": DAY}, limit=3)
    [(kept,)] = rows(filled, f"SELECT jsonb_agg(to_jsonb(t) ORDER BY {', '.join(key)}) FROM mart.{table} AS t")
    assert len(kept) > 3 or table in ("relations_daily", "items_daily", "corporations_daily")
    assert found == kept


def test_a_mart_table_of_one_entity(api: httpx.Client) -> None:
    theirs = {"entity_kind": "character", "entity_id": KILLER, "from": "2016-01-01", "to": "2021-12-31"}
    found = everything(api, "/marts/ships_daily", "rows", **theirs, limit=1)
    assert [(one["entity_id"], one["ship_type_id"]) for one in found] == [(KILLER, 587)]
    of_type = everything(api, "/marts/items_daily", "rows", **{"from": DAY, "to": DAY}, type_id=34)
    assert [one["type_id"] for one in of_type] == [34]


def test_totals_say_of_how_many_killmails_their_isk_is(api: httpx.Client, filled: Runtime) -> None:
    def totals(kind: str, entity: int) -> list[Any]:
        found = asked(api, f"/entities/{kind}/{entity}", **{"from": DAY, "to": DAY})["totals"]
        return [
            found[name] for name in ("kills", "kills_valued", "isk_killed", "losses_valued", "isk_lost", "efficiency")
        ]

    whole = totals("character", KILLER)
    assert whole[0] == whole[1]
    run(filled, "UPDATE core.kills_fact SET zkb_total_value = NULL WHERE killmail_id > 1")
    derive_anew(filled)
    assert totals("character", KILLER) == [12, 1, whole[2] // 12, 0, None, None]
    run(filled, "UPDATE core.kills_fact SET zkb_total_value = NULL")
    derive_anew(filled)
    assert totals("character", KILLER) == [12, 0, None, 0, None, None]
    daily = asked(api, "/marts/activity_daily", **{"from": DAY, "to": DAY}, entity_kind="character", entity_id=KILLER)
    assert [(one["kills_valued"], one["losses_valued"]) for one in daily["rows"]] == [(0, 0)]


def test_battles_with_their_sides_and_killmails(api: httpx.Client, filled: Runtime) -> None:
    run(filled, "DELETE FROM mart.battles")
    run(
        filled,
        """INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
        SELECT n, 30000142, '2021-11-29 12:00+00', '2021-11-29 13:00+00', n, 6, 2, n / 2, 90000000000000001
        FROM generate_series(1, 7) AS n""",
    )
    run(
        filled,
        """INSERT INTO mart.battle_sides VALUES (2, 1, 4, 2, 0, 1, 0, 5, 0, '{}', '{98000002}'),
        (2, 2, 2, 0, 2, 0, 0, 0, 0, '{99000001, 99000002}', '{98000001}')""",
    )
    run(filled, "INSERT INTO mart.battle_kills VALUES (2, 2, 2), (3, 2, 2)")
    days = {"from": DAY, "to": DAY}
    found = everything(api, "/battles", "battles", **days, limit=2)
    assert [one["battle_id"] for one in found] == [7, 6, 5, 4, 3, 2, 1]
    assert (found[0]["isk"], found[0]["valued"]) == (90_000_000_000_000_001, 3)
    assert (found[-1]["isk"], found[-1]["valued"]) == (None, 0)  # nothing is known of it
    assert [one["battle_id"] for one in asked(api, "/battles", **days, min_kills=6)["battles"]] == [7, 6]
    assert asked(api, "/battles", **days, system_id=1)["battles"] == []
    assert asked(api, "/battles")["battles"] == []
    battle = asked(api, "/battles/2")
    assert [side["alliances"] for side in battle["side_list"]] == [
        [],
        [{"entity_id": 99_000_001, "name": None}, {"entity_id": 99_000_002, "name": None}],
    ]
    money = [
        (one["isk_killed"], one["kills_valued"], one["isk_lost"], one["losses_valued"]) for one in battle["side_list"]
    ]
    assert money == [(5, 1, 0, 0), (0, 0, None, 0)]  # nobody lost nothing, and nobody knows what was lost
    assert battle["side_list"][0]["corporations"] == [{"entity_id": CORPORATION, "name": "50%_off"}]
    kills = battle["killmails"]
    assert [(one["killmail_id"], one["victim_side"]) for one in kills] == [(2, 2), (3, 2)]
    whole = asked(api, "/killmails/2")
    assert kills[0]["total_value"] == whole["total_value"]
    assert kills[0]["victim_ship_type_id"] == whole["victim"]["ship_type_id"]
    assert kills[0]["victim_corporation_name"] == whole["victim"]["corporation_name"]


def test_coverage_of_days_and_the_ids_that_one_lacks(api: httpx.Client) -> None:
    found = asked(api, "/coverage", **{"from": "2021-11-01", "to": "2021-11-30"})
    assert (found["first"], found["last"]) == ("2021-11-01", "2021-11-30")
    assert [(one["day"], one["expected"], one["loaded"], one["missing"]) for one in found["days"]] == [(DAY, 15, 12, 3)]
    assert everything(api, f"/coverage/{DAY}", "missing_ids", limit=2) == [101, 102, HUGE - 1]
    assert asked(api, "/coverage")["days"] == []


def test_what_has_not_changed_is_not_sent_again(api: httpx.Client, filled: Runtime) -> None:
    first = api.get("/killmails/1")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for header in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = api.get("/killmails/1", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    run(filled, "UPDATE core.characters SET name = 'Otto' WHERE eve_id = :id", id=VICTIM)
    changed = api.get("/killmails/1", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


BAD_QUERIES = {
    "/killmails?entity_kind=character": 400,
    "/killmails?entity_id=7": 400,
    "/killmails?role=victim": 400,
    "/killmails?min_value=5": 400,
    "/killmails?from=2021-12-01&to=2021-11-01": 400,
    "/killmails?from=2021-10-01&to=2021-11-01": 400,
    "/killmails?cursor=rubbish": 400,
    "/killmails?cursor=%00": 400,
    "/killmails?cursor=WzFd.AAAA": 400,
    "/killmails?cursor=" + "x" * 501: 422,
    "/killmails?limit=0": 422,
    "/killmails?limit=201": 422,
    "/killmails?limit=ten": 422,
    f"/killmails?system_id={2**31}": 422,
    f"/killmails?entity_kind=character&entity_id={HUGE}": 422,
    "/killmails?entity_kind=character&entity_id=-1": 422,
    "/killmails?entity_kind=fleet&entity_id=1": 422,
    "/killmails?form=2021-11-01": 422,
    "/killmails?from=yesterday": 422,
    "/killmails?from=1606608000": 422,
    "/killmails?from=1999-01-01": 422,
    "/killmails?to=9999-12-31": 422,
    "/killmails?from=2021-02-30": 422,
    "/killmails?role=any%00": 422,
    "/killmails/0": 422,
    "/killmails/-1": 422,
    f"/killmails/{HUGE}": 422,
    "/killmails/" + "9" * 5000: 422,
    "/killmails/abc": 422,
    "/killmails/4": 404,
    "/entities/search": 422,
    "/entities/search?q=a": 422,
    "/entities/search?q=a%00b": 422,
    "/entities/search?q=" + "a" * 101: 422,
    "/entities/character/1": 404,
    "/entities/fleet/1": 422,
    "/entities/character/1?from=2019-01-01&to=2021-01-01": 400,
    "/marts/users": 404,
    "/marts/activity_daily?entity_id=1": 400,
    "/marts/activity_daily?from=2021-01-01&to=2021-12-31": 400,
    "/marts/activity_daily?entity_kind=character&entity_id=1&from=2003-01-01&to=2021-12-31": 400,
    "/marts/items_daily?entity_id=1": 422,
    "/marts/activity_daily?limit=1001": 422,
    "/battles/1": 404,
    "/battles?min_kills=-1": 422,
    "/coverage/2021-11-29": 404,
    "/coverage/today": 422,
    "/coverage?from=2003-01-01&to=2021-12-31": 400,
    "/nowhere": 404,
    "/": 404,
}


@pytest.mark.parametrize(("path", "status"), BAD_QUERIES.items())
def test_a_bad_question_gets_a_sentence(empty_api: httpx.Client, path: str, status: int) -> None:
    answer = empty_api.get(path)
    assert answer.status_code == status
    told = answer.json()
    assert list(told) == ["detail"]
    assert len(told["detail"]) > 20
    assert told["detail"].endswith((".", ";"))
    assert "Traceback" not in told["detail"]


def test_a_cursor_of_another_route_is_refused(api: httpx.Client) -> None:
    cursor = asked(api, "/killmails", limit=1)["next"]
    assert api.get("/killmails", params={"cursor": cursor}).status_code == 200
    for path in ("/marts/activity_daily", "/battles", f"/coverage/{DAY}"):
        answer = api.get(path, params={"cursor": cursor})
        assert answer.status_code == 400
        assert "cursor" in answer.json()["detail"]


def test_only_reading_is_answered(empty_api: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "HEAD"):
        answer = empty_api.request(method, "/killmails")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"
    assert "only reads" in empty_api.post("/killmails").json()["detail"]


def test_a_table_that_is_not_named_is_not_read(empty_api: httpx.Client) -> None:
    for name in ("touched_days", "battles", "activity_daily;", "..%2f..%2fcore", "activity_trend"):
        assert empty_api.get(f"/marts/{name}").status_code == 404


def test_every_row_model_has_the_columns_of_its_table(runtime: Runtime) -> None:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = cast(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
    )
    for table, model in MARTS.items():
        assert {row[0] for row in rows(runtime, query, name=f"mart.{table}")} == set(model.model_fields), table


def test_the_description_says_of_the_marts_what_the_database_says(empty_api: httpx.Client) -> None:
    schemas = empty_api.get("/openapi.json").json()["components"]["schemas"]
    for mart, told in DESCRIBED.items():
        row = schemas[MARTS[mart].__name__]
        assert row["description"] == told["comment"]
        for column in told["columns"]:
            assert row["properties"][column["name"]]["description"] == column["comment"], (mart, column["name"])
    assert "null" in json.dumps(schemas["ItemsDaily"]["properties"]["dropped_value"])


def test_numbers_are_exact(api: httpx.Client, filled: Runtime) -> None:
    run(
        filled,
        "UPDATE core.kills_fact SET zkb_total_value = 9007199254740993, zkb_fitted_value = 123456789012345678.91",
    )
    text = api.get("/killmails/1").text
    assert '"total_value":9007199254740993' in text
    assert '"fitted_value":123456789012345678.91' in text
    assert json.loads(text)["total_value"] == 9_007_199_254_740_993


def test_days_of_the_default_range(empty_api: httpx.Client) -> None:
    found = asked(empty_api, "/coverage")
    assert date.fromisoformat(found["last"]) - date.fromisoformat(found["first"]) == timedelta(days=29)
