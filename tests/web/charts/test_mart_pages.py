"""The charts over HTTP: found by name, equal to what core says, and whole whatever people call themselves."""

from __future__ import annotations

import csv
import html
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from killmart.drawing.tones import PALETTES
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart.web.charts.gallery import names_of
from killmart.web.charts.ranges import range_of
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import shared_warehouse
from support.deriving import derive_anew
from support.mart_filling import (
    ALLIANCES,
    EVIL,
    FIRST_ALLIANCE,
    FIRST_CHARACTER,
    FIRST_CORPORATION,
    FIRST_SYSTEM,
    wage_war,
)
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.serving import client, make_app, served

TODAY = datetime.now(UTC).date()
ALLIANCE = f"/charts/alliance/{FIRST_ALLIANCE}"
EVIL_ONE = f"/charts/corporation/{FIRST_CORPORATION + 4}"
CHARACTER = f"/charts/character/{FIRST_CHARACTER}"
SYSTEM = f"/charts/system/{FIRST_SYSTEM}"


@pytest.fixture(scope="module")
def war(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on the war; tests only read it."""
    with shared_warehouse(postgres, "mart_war") as runtime:
        wage_war(runtime)
        yield runtime


@pytest.fixture(scope="module")
def site_of_war(war: Runtime) -> Iterator[str]:
    """Address of the pages on the war."""
    with served(make_app(war)) as url:
        yield url


@pytest.fixture
def reader(site_of_war: str) -> Iterator[httpx.Client]:
    """The browser of somebody who looks at the war."""
    with client(site_of_war) as one:
        yield one


def table_of(answer: httpx.Response) -> list[dict[str, str]]:
    """A CSV download."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("page", ["/charts", ALLIANCE, EVIL_ONE, CHARACTER, SYSTEM])
@pytest.mark.parametrize("span", ["7d", "90d"])
def test_every_chart_is_there_with_its_sql_and_its_downloads(
    reader: httpx.Client, war: Runtime, page: str, span: str
) -> None:
    answer = reader.get(page, params={"span": span})
    assert answer.status_code == 200
    kind, _, entity_id = page.removeprefix("/charts").strip("/").partition("/")
    names = names_of(kind or "system", int(entity_id) if entity_id else None)
    assert re.findall(r'<section class="card chart" id="(\w+)"', answer.text) == list(names)
    assert "None" not in re.sub(r"<pre>.*?</pre>", "", answer.text, flags=re.DOTALL)
    statements = [html.unescape(one) for one in re.findall(r"<pre>(.*?)</pre>", answer.text, re.DOTALL)]
    for name, statement in zip(names, statements, strict=True):
        wanted = {"span": span, "chart": name}
        found = table_of(reader.get(page, params=wanted | {"download": "csv"}))
        assert not re.search(r"%\(|:\w+_id\b", statement)
        with war.engine.connect() as connection:
            shown = connection.exec_driver_sql(statement.replace("%", "%%")).mappings().all()
        assert len(shown) <= len(found)
        assert list(found[0]) == list(shown[0]) if found else not shown
        picture = reader.get(page, params=wanted | {"download": "svg", "theme": "dark"})
        assert picture.headers["content-type"] == "image/svg+xml"
        assert ET.fromstring(picture.content).tag.endswith("svg")


KILLS = """
SELECT count(DISTINCT kills.killmail_id), sum(DISTINCT kills.total_value + kills.killmail_id / 1e12)::bigint
FROM core.kills_fact AS kills INNER JOIN core.{table} AS people USING (killmail_id)
WHERE people.{column} = :id AND kills.kill_time >= :since
"""


@pytest.mark.parametrize(
    ("page", "column", "entity_id"),
    [
        (ALLIANCE, "alliance_id", FIRST_ALLIANCE),
        (EVIL_ONE, "corporation_id", FIRST_CORPORATION + 4),
        (CHARACTER, "character_id", FIRST_CHARACTER),
    ],
)
def test_the_numbers_are_those_of_core(
    reader: httpx.Client, war: Runtime, page: str, column: str, entity_id: int
) -> None:
    since = datetime.combine(TODAY - timedelta(days=29), datetime.min.time(), UTC)
    kills, losses = (
        rows(war, KILLS.format(table=table, column=column), id=entity_id, since=since)[0]
        for table in ("kill_attackers", "kill_victims")
    )
    view = reader.get(page, params={"download": "json"}).json()
    totals = view["totals"]
    assert (totals["kills"], totals["losses"]) == (kills[0], losses[0])
    assert totals["isk_killed"] == pytest.approx(kills[1], abs=5)
    assert totals["efficiency"] == pytest.approx(100 * kills[1] / (kills[1] + losses[1]), rel=1e-6)
    charts = {chart["name"]: chart for chart in view["charts"]}
    assert len(charts["activity"]["rows"]) == 30
    for name, counted in (("activity", 1), ("hours", 2), ("values", 1), ("fleets", 1)):
        assert sum(row[counted] for row in charts[name]["rows"]) == kills[0], name
        assert sum(row[counted + 1] for row in charts[name]["rows"]) == losses[0], name
    columns = charts["ships_lost"]["columns"]
    assert sum(row[columns.index("lost")] for row in charts["ships_lost"]["rows"]) == losses[0]


def test_the_trend_looks_back_beyond_the_range(reader: httpx.Client) -> None:
    month = table_of(reader.get(ALLIANCE, params={"chart": "activity", "download": "csv"}))
    week = table_of(reader.get(ALLIANCE, params={"chart": "activity", "download": "csv", "span": "7d"}))
    assert week == month[-7:]
    assert int(week[-1]["trend_kills"]) == sum(int(row["kills"]) for row in week)


@pytest.mark.parametrize(("days", "step", "least"), [(99, "day", 100), (365, "week", 50), (20 * 365, "month", 235)])
def test_long_ranges_go_by_weeks_and_months(reader: httpx.Client, days: int, step: str, least: int) -> None:
    query = {"first": str(TODAY - timedelta(days=days)), "last": str(TODAY), "download": "json"}
    view = reader.get(ALLIANCE, params=query).json()
    assert view["range"]["step"] == step
    assert least <= len(view["charts"][0]["rows"]) < least + 20
    everything = reader.get(ALLIANCE, params={"span": "all", "download": "json"}).json()
    whole = everything["totals"]["kills"]
    assert sum(row[1] for row in view["charts"][0]["rows"]) == view["totals"]["kills"] <= whole


def test_all_is_what_there_is(reader: httpx.Client, war: Runtime) -> None:
    view = reader.get(ALLIANCE, params={"span": "all", "download": "json"}).json()
    query = "SELECT min(day), sum(kills) FROM mart.activity_daily WHERE entity_id = :id"
    first, kills = rows(war, query, id=FIRST_ALLIANCE)[0]
    assert (view["range"]["first"], view["totals"]["kills"]) == (str(first), kills)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("jita", SYSTEM),
        ("  JITA ", SYSTEM),
        ("iron m", f"/charts/alliance/{FIRST_ALLIANCE + 1}"),
        ("Pilot 1", f"/charts/character/{FIRST_CHARACTER + 1}"),  # exact, among Pilot 10, Pilot 11, …
        (str(FIRST_ALLIANCE), ALLIANCE),
        (str(FIRST_SYSTEM), SYSTEM),
        ("ünder", f"/charts/corporation/{FIRST_CORPORATION + 10}"),
        (EVIL[:9], EVIL_ONE),
    ],
)
def test_a_name_or_an_id_leads_to_its_charts(reader: httpx.Client, typed: str, path: str) -> None:
    answer = reader.get("/charts", params={"q": typed, "span": "90d"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/killmart{path}?span=90d"


@pytest.mark.parametrize("typed", ["Mistral Concord", "pilot", "m"])
def test_names_of_several_are_chosen_from(reader: httpx.Client, typed: str) -> None:
    answer = reader.get("/charts", params={"q": typed, "first": "2026-01-01"})
    assert answer.status_code == 200
    found = re.findall(
        r'href="/killmart/charts/(\w+)/(\d+)\?span=30d&amp;first=2026-01-01"|href="/killmart/charts/(\w+)/(\d+)\?first=2026-01-01"',
        answer.text,
    )
    assert len(found) >= 2


@pytest.mark.parametrize("typed", ["%", "_ilot", "nobody at all", "99" * 40, "' OR 1=1 --", "\\", "<b>"])
def test_nobody_is_found_by_a_name_that_nobody_has(reader: httpx.Client, typed: str) -> None:
    answer = reader.get("/charts", params={"q": typed})
    assert answer.status_code == 200
    assert "Nobody found" in answer.text
    assert "<b>”" not in answer.text


def test_names_are_suggested(reader: httpx.Client) -> None:
    found = reader.get("/charts/names", params={"q": "mis"}).json()
    assert found == [
        {"name": "Mistral Concord", "kind": "alliance"},
        {"name": "Mistral Concord", "kind": "corporation"},
    ]
    assert reader.get("/charts/names").json() == []


@pytest.mark.parametrize("query", [{"last": "0001-01-01"}, {"first": "0001-01-01", "last": "0001-01-02"}])
def test_days_before_new_eden_are_its_first(reader: httpx.Client, query: dict[str, str]) -> None:
    answer = reader.get(ALLIANCE, params=query)
    assert answer.status_code == 200
    assert 'value="2003-05-06"' in answer.text


def test_all_of_who_was_seen_tomorrow_is_today() -> None:
    today = date(2026, 11, 22)
    tomorrow = today + timedelta(days=1)  # a killmail may be some minutes ahead of our clock
    assert range_of("all", "", "", today=today, seen=(tomorrow, tomorrow)).days == 1


@pytest.mark.parametrize(
    ("page", "query", "status", "said"),
    [
        (ALLIANCE, {"first": "yesterday"}, 400, "“from” is not a day"),
        (ALLIANCE, {"last": "2026-02-30"}, 400, "“to” is not a day"),
        (ALLIANCE, {"first": "2026-03-01", "last": "2026-02-01"}, 400, "there is no day in it"),
        (ALLIANCE, {"first": "2999-01-01"}, 400, "there is no day in it"),
        (ALLIANCE, {"first": "<script>"}, 400, "&lt;script&gt;"),
        ("/charts", {"first": "2010-01-01"}, 400, "too many for all systems"),
        (ALLIANCE, {"span": "2d"}, 422, "span"),
        (ALLIANCE, {"chart": "<b>", "download": "csv"}, 404, "There is no chart “&lt;b&gt;”"),
        (SYSTEM, {"chart": "ratio", "download": "svg"}, 404, "There is no chart"),
        ("/charts/alliance/7", {}, 404, "There is no alliance 7"),
        ("/charts/alliance/7/battles", {}, 404, "There is no alliance 7"),
        ("/charts/battles/7", {}, 404, "There is no battle 7"),
        ("/charts/faction/500001", {}, 422, "kind"),
        (f"/charts/alliance/{2**63}", {}, 422, "entity_id"),
        ("/charts", {"q": "x" * 101}, 422, "q"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    reader: httpx.Client, page: str, query: dict[str, str], status: int, said: str
) -> None:
    answer = reader.get(page, params=query)
    assert answer.status_code == status
    assert said in answer.text
    assert "<h1>" in answer.text


def test_what_players_write_is_text_and_nothing_else(reader: httpx.Client) -> None:
    for page in (EVIL_ONE, ALLIANCE, SYSTEM, f"{EVIL_ONE}/battles"):
        for download in ({}, {"download": "html"}):
            answer = reader.get(page, params=download, follow_redirects=True)
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert" in answer.text
    table = table_of(reader.get(ALLIANCE, params={"chart": "corporations", "download": "csv"}))
    assert f"'{EVIL}" in {row["name"] for row in table}
    assert not [row for row in table if row["name"].startswith(("=", "+", "-", "@"))]
    answer = reader.get(EVIL_ONE, params={"chart": "values", "download": "svg"})
    assert f"{EVIL} (corporation)" in [one.text for one in ET.fromstring(answer.content).iter()]
    name = answer.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="killmart-corporation-[\w.-]+-values-light\.svg"', name)


def test_a_chart_is_taken_away_as_png(reader: httpx.Client) -> None:
    answer = reader.get(ALLIANCE, params={"chart": "values", "download": "png", "theme": "dark"})
    assert (answer.headers["content-type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert answer.headers["content-disposition"].endswith('-values-dark.png"')
    with Image.open(io.BytesIO(answer.content)) as image:
        assert "#{:02x}{:02x}{:02x}".format(*image.convert("RGB").getpixel((0, 0))) == PALETTES["dark"]["back"]


def test_who_has_no_name_yet_has_a_number(reader: httpx.Client) -> None:
    answer = reader.get(f"/charts/character/{FIRST_CHARACTER + 7}")
    assert f"<bdi>Character {FIRST_CHARACTER + 7}</bdi>" in answer.text


def test_relations_name_friends_and_enemies(reader: httpx.Client) -> None:
    view = reader.get(ALLIANCE, params={"span": "90d", "download": "json"}).json()
    charts = {
        chart["name"]: chart["drawing"]["rows"]
        for chart in view["charts"]
        if chart["name"] in ("flew_with", "fought_against")
    }
    assert charts["flew_with"][0]["name"] == ALLIANCES[2]
    assert {row["name"] for row in charts["fought_against"]} == set(ALLIANCES[1:])


@pytest.mark.parametrize("page", ["/charts", ALLIANCE, EVIL_ONE, CHARACTER, SYSTEM])
def test_battles_are_listed_and_told(reader: httpx.Client, war: Runtime, page: str) -> None:
    listed = reader.get(f"{page}/battles" if page != "/charts" else "/charts/battles")
    ids = [int(one) for one in re.findall(r'href="/killmart/charts/battles/(\d+)"', listed.text)]
    if page != SYSTEM:
        assert ids
    for battle_id in ids[:3]:
        told = reader.get(f"/charts/battles/{battle_id}")
        assert told.status_code == 200
        [(kills,)] = rows(war, "SELECT kills FROM mart.battles WHERE battle_id = :id", id=battle_id)
        killmails = set(re.findall(r"/quality/killmails/(\d+)", told.text))
        while (more := re.search(r'rel="next" href="/killmart([^"]+)"', told.text)) is not None:
            told = reader.get(html.unescape(more[1]))
            killmails |= set(re.findall(r"/quality/killmails/(\d+)", told.text))
        assert len(killmails) == kills


def test_battles_go_on_where_the_page_ended(runtime: Runtime) -> None:
    run(
        runtime,
        """INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
        SELECT n, 30000142, now() - (n % 40) * interval '1 hour', now(), 2, 2, 1, 2, 5
        FROM generate_series(1, 130) AS n""",
    )
    run(
        runtime,
        """INSERT INTO mart.battle_sides
            (battle_id, side, pilots, kills, losses, kills_valued, losses_valued, isk_killed, isk_lost, alliances,
            corporations)
        SELECT n, 1, 1, 1, 1, 1, 1, 1, 1, '{}', '{98000001}' FROM generate_series(1, 130) AS n""",
    )
    run(runtime, "INSERT INTO core.corporations (eve_id, first_seen, last_seen) VALUES (98000001, now(), now())")
    with served(make_app(runtime)) as url, client(url) as browser:
        for page in ("/charts/battles", "/charts/corporation/98000001/battles"):
            seen: list[int] = []
            address: Any = page
            while address:
                answer = browser.get(address)
                seen += [int(one) for one in re.findall(r"/charts/battles/(\d+)\"", answer.text)]
                following = re.search(r'rel="next" href="/killmart([^"]+)"', answer.text)
                address = html.unescape(following[1]) if following else None
            wanted = rows(runtime, "SELECT battle_id FROM mart.battles ORDER BY started_at DESC, battle_id DESC")
            assert seen == [battle_id for (battle_id,) in wanted]


def test_battles_go_on_after_one_that_has_another_number_by_now(runtime: Runtime) -> None:
    run(
        runtime,
        """INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
        SELECT n, 30000142, now() - (200 - n) * interval '1 hour', now(), 2, 2, 1, 2, 5
        FROM generate_series(10, 100, 10) AS n""",
    )
    with served(make_app(runtime)) as url, client(url) as browser:
        page = browser.get("/charts/battles", params={"before": 45}).text
    assert re.findall(r"/charts/battles/(\d+)\"", page) == ["40", "30", "20", "10"]


def test_an_empty_mart_says_so(blank: str) -> None:
    with client(blank) as browser:
        for query in ({}, {"span": "1y"}, {"span": "all"}, {"first": "2020-01-01", "last": "2020-02-01"}):
            answer = browser.get("/charts", params=query)
            assert answer.status_code == 200
            assert "No kills in this range" in answer.text
            assert "The mart is empty" in answer.text
        assert "No battle is in the mart" in browser.get("/charts/battles").text
        picture = browser.get("/charts", params={"chart": "hours", "download": "svg"})
        assert "No kills in this range" in picture.text
        assert browser.get("/charts", params={"chart": "systems", "download": "csv"}).status_code == 200


def test_a_range_without_kills_leads_to_one_that_has_some(reader: httpx.Client, war: Runtime) -> None:
    answer = reader.get(ALLIANCE, params={"first": "2012-01-01", "last": "2012-02-01"})
    assert "No kills in this range" in answer.text
    address = re.search(r'class="button" href="/killmart([^"]+)"', answer.text)
    assert address is not None
    assert 'id="activity"' in reader.get(html.unescape(address[1])).text


def test_the_frame_may_ask_its_own_server_for_names_and_nothing_else(reader: httpx.Client) -> None:
    policy = reader.get(ALLIANCE).headers["content-security-policy"]
    assert policy.endswith("base-uri 'none'; connect-src 'self'")
    assert "connect-src" not in reader.get("/quality").headers["content-security-policy"]
    picture = reader.get(ALLIANCE, params={"chart": "values", "download": "svg"})
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_without_login_there_are_no_charts(site_of_war: str) -> None:
    with client(site_of_war, None) as nobody:
        for page in (
            "/charts",
            ALLIANCE,
            f"{ALLIANCE}?chart=values&download=csv",
            "/charts/names?q=mi",
            "/charts/battles",
        ):
            assert nobody.get(page).status_code == 401


def test_totals_and_means_are_of_what_has_a_value(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), {"totalValue": 4_000_000}), ref(kill(2)), ref(kill(3), {"totalValue": 2_000_000})])
    load_past_gate(runtime)
    refresh_marts(runtime)
    days = {"first": "2021-11-29", "last": "2021-11-29"}

    def tiles(browser: httpx.Client, page: str) -> dict[str, str]:
        told = browser.get(page, params=days).text
        found = re.findall(r'<div class="tile[^>]*>(.*?)</div>', told, re.DOTALL)
        words = (re.sub(r"<[^>]+>", "|", one).split("|") for one in found)
        return {name: ", ".join(rest) for name, *rest in ([w.strip() for w in one if w.strip()] for one in words)}

    with served(make_app(runtime)) as url, client(url) as browser:
        place = tiles(browser, "/charts/system/30000142")
        assert place["Destroyed"] == "6.0 m ISK, of 2 valued"
        assert place["A kill"] == "3.0 m ISK, on average, of 2 valued"
        killer = tiles(browser, "/charts/character/95000002")
        assert (killer["Killed"], killer["Lost"]) == ("6.0 m ISK, of 2 valued", "0 ISK, total value")
        run(runtime, "UPDATE core.kills_fact SET zkb_total_value = NULL")
        derive_anew(runtime)
        victim = tiles(browser, "/charts/character/95000001")
        assert (victim["Lost"], victim["Efficiency"]) == ("unvalued, of 0 valued", "–, ISK killed of all ISK")
        assert tiles(browser, "/charts/system/30000142")["A kill"] == "unvalued, on average, of 0 valued"
        assert "Nothing in this range has a value" in browser.get("/charts/system/30000142", params=days).text


def test_a_system_without_static_data_has_charts(runtime: Runtime) -> None:
    today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    stage(runtime, [ref(kill(1, killmail_time=today, solar_system_id=30_000_999))])
    load_past_gate(runtime)
    with served(make_app(runtime)) as url, client(url) as browser:
        answer = browser.get("/charts/system/30000999")
        assert "System 30000999" in answer.text
        assert 'id="activity"' in answer.text
