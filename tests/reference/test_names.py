"""Names of those in core, asked of the simulated ESI over HTTP: who is asked, how bad ids are found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Engine

from killmart.db.reference_people import NameAges
from killmart.errors import UpstreamError
from killmart.reference.people import fill_affiliations, fill_names
from killmart.timing import TimeBox
from killmart_demo.population import pilot
from support import realdata
from support.making import MakeRuntime
from support.servers import served
from support.upstreams import MakeUpstreams, Upstreams, change, rows, seen, some_pilots

ROUTE = "/universe/names"


def test_everybody_gets_a_name_and_nobody_is_asked_for_twice(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    seen(engine, some_pilots(2_150))
    runtime = make_runtime(**upstreams.urls)
    report = fill_names(runtime)
    everybody = rows(
        engine,
        "SELECT 'character' AS category, eve_id, name, name_at FROM core.characters"
        " UNION ALL SELECT 'corporation', eve_id, name, name_at FROM core.corporations"
        " UNION ALL SELECT 'alliance', eve_id, name, name_at FROM core.alliances",
    )
    assert (report.asked, report.found, report.bad, report.is_done) == (len(everybody), len(everybody), 0, True)
    assert len(everybody) == 2_150 + 215 + 43
    for row in everybody:
        entry = upstreams.people.name_of(row.eve_id)
        assert entry is not None
        assert (row.category, row.name) == (entry["category"], entry["name"])
        assert row.name_at is not None
    assert [len(json.loads(request.body)) for request in upstreams.of(ROUTE)] == [1000, 1000, 408]
    assert fill_names(runtime).asked == 0
    assert len(upstreams.of(ROUTE)) == 3
    assert rows(engine, "SELECT route, sum(requests) FROM ops.request_stats GROUP BY 1") == [(ROUTE, 3)]


def test_one_bad_id_among_a_thousand_is_found_with_few_requests(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    pilots = [pilot(index) for index in range(25_000, 34_000, 10)]  # each of a corporation of their own, none allied
    seen(engine, pilots)
    change(engine, "UPDATE core.corporations SET name_at = now()")
    bad = pilots[431].character_id
    upstreams.people.nameless.add(bad)
    report = fill_names(make_runtime(**upstreams.urls))
    assert (report.asked, report.found, report.bad, report.is_done) == (900, 899, 1, True)
    errors = sum(request.status == 404 for request in upstreams.of(ROUTE))
    assert errors <= 1 + 10  # the whole, and one part of each size at most
    assert len(upstreams.of(ROUTE)) <= 1 + 2 * 10
    assert rows(engine, "SELECT eve_id FROM core.characters WHERE name IS NULL AND name_at IS NOT NULL") == [(bad,)]
    ids = [eve_id for request in upstreams.of(ROUTE) if request.status == 200 for eve_id in json.loads(request.body)]
    assert len(ids) == len(set(ids)) == 899  # no good id was answered twice


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_bad_ids_are_found_wherever_they_are(
    make_runtime: MakeRuntime, make_upstreams: MakeUpstreams, engine: Engine, count: int
) -> None:
    upstreams = make_upstreams(window_seconds=2.0)
    pilots = some_pilots(200, first=25_000)
    seen(engine, pilots)
    bad = {p.character_id for p in pilots[:: 200 // count][:count]} if count else set()
    upstreams.people.nameless |= bad
    report = fill_names(make_runtime(**upstreams.urls))
    assert (report.bad, report.found) == (count, report.asked - count)
    found = rows(engine, "SELECT eve_id FROM core.characters WHERE name IS NULL AND name_at IS NOT NULL")
    assert {eve_id for (eve_id,) in found} == bad
    assert not rows(engine, "SELECT 1 FROM core.characters WHERE name_at IS NULL")


def test_the_error_limit_is_kept_below_half(
    make_runtime: MakeRuntime, make_upstreams: MakeUpstreams, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait(_box: TimeBox, seconds: float) -> bool:
        """A minute of ESI's passes while somebody waits, and none while requests are made, however slowly."""
        waited.append(seconds)
        change(engine, "UPDATE ops.pauses SET until = now()")
        return True

    monkeypatch.setattr(TimeBox, "wait", wait)
    upstreams = make_upstreams(clock=lambda: 60.0 * len(waited))
    pilots = some_pilots(900, first=25_000)
    seen(engine, pilots)
    upstreams.people.nameless |= {p.character_id for p in pilots[::30]}
    report = fill_names(make_runtime(**upstreams.urls))
    assert (report.bad, report.is_done) == (30, True)
    errors = [request.status for request in upstreams.of(ROUTE) if request.status != 200]
    assert len(errors) > 50  # more than one window's worth
    assert set(errors) == {404}
    assert upstreams.limit.most < 50
    assert rows(engine, "SELECT service FROM ops.pauses") == [("esi lookups",)]
    assert len(waited) >= len(errors) // 50


def test_where_the_time_box_ends_the_next_run_goes_on(
    make_runtime: MakeRuntime, make_upstreams: MakeUpstreams, engine: Engine
) -> None:
    upstreams = make_upstreams(window_seconds=3600.0)
    pilots = some_pilots(900, first=25_000)
    seen(engine, pilots)
    upstreams.people.nameless |= {p.character_id for p in pilots[::30]}
    runtime = make_runtime(**upstreams.urls)
    report = fill_names(runtime, seconds=60)
    assert not report.is_done
    assert upstreams.limit.most < 50
    named = rows(engine, "SELECT count(*) FROM core.characters WHERE name IS NOT NULL")[0][0]
    assert 0 < named < 870
    asked = len(upstreams.requests)
    assert not fill_names(runtime, seconds=60).is_done  # the pause outlives the run, whoever comes next
    assert not fill_affiliations(runtime, seconds=60).is_done
    assert len(upstreams.requests) == asked
    change(engine, "DELETE FROM ops.pauses")
    upstreams.limit.__init__(100, 3.0, lambda: 0.0)  # type: ignore[misc]
    upstreams.people.nameless.clear()
    assert fill_names(runtime).is_done
    assert rows(engine, "SELECT count(*) FROM core.characters WHERE name_at IS NULL") == [(0,)]


def test_420_pauses_everybody(make_runtime: MakeRuntime, make_upstreams: MakeUpstreams, engine: Engine) -> None:
    upstreams = make_upstreams(errors=0, window_seconds=600.0)
    seen(engine, some_pilots(5))
    report = fill_names(make_runtime(**upstreams.urls), seconds=5)
    assert (report.asked, report.is_done) == (0, False)
    assert [request.status for request in upstreams.requests] == [420]
    ((service, seconds),) = rows(engine, "SELECT service, extract(epoch FROM until - now()) FROM ops.pauses")
    assert service == "esi"
    assert seconds > 5


@pytest.mark.parametrize(
    ("name", "name_days", "seen_days", "is_asked"),
    [
        (None, None, 400, True),  # never asked for, whenever it was seen
        ("Old", 1.5, 1, True),
        ("Old", 0.5, 1, False),
        ("Old", 90, 8, False),  # nobody has seen it lately
        (None, 8, 8, False),
        (None, 29, 20, False),
        (None, 31, 20, True),
    ],
)
def test_who_is_asked_for(
    make_runtime: MakeRuntime,
    upstreams: Upstreams,
    engine: Engine,
    name: str | None,
    name_days: float | None,
    seen_days: float,
    is_asked: bool,
) -> None:
    seen(engine, some_pilots(1, first=25_000), days_ago=seen_days)
    for table in ("characters", "corporations"):
        change(
            engine,
            f"UPDATE core.{table} SET name = :name, name_at = now() - make_interval(secs => :days * 86400)",
            name=name,
            days=name_days,
        )
    assert fill_names(make_runtime(**upstreams.urls)).asked == (2 if is_asked else 0)
    if is_asked:
        assert not rows(engine, "SELECT 1 FROM core.characters WHERE name IS NULL OR name = 'Old'")


def test_the_ages_can_be_chosen(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    seen(engine, some_pilots(1, first=25_000), days_ago=20)
    runtime = make_runtime(**upstreams.urls)
    fill_names(runtime)
    change(engine, "UPDATE core.characters SET name_at = now() - interval '2 days'")
    assert fill_names(runtime, ages=NameAges(stale_days=1, seen_days=30)).asked == 1


def test_a_name_that_esi_no_longer_knows_stays(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    (somebody,) = some_pilots(1)
    seen(engine, [somebody])
    change(engine, "UPDATE core.characters SET name = 'Late Pilot', name_at = now() - interval '9 days'")
    upstreams.people.nameless.add(somebody.character_id)
    fill_names(make_runtime(**upstreams.urls))
    (row,) = rows(engine, "SELECT name, name_at > now() - interval '1 minute' AS fresh FROM core.characters")
    assert (row.name, row.fresh) == ("Late Pilot", True)


def test_a_name_goes_to_the_table_of_its_category(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    (somebody,) = some_pilots(1)
    seen(engine, [somebody])
    change(
        engine,
        "INSERT INTO core.characters (eve_id, first_seen, last_seen) VALUES (:id, now(), now())",
        id=somebody.corporation_id,
    )
    fill_names(make_runtime(**upstreams.urls))
    found = rows(
        engine, "SELECT name, name_at IS NULL FROM core.characters ORDER BY eve_id = :id", id=somebody.corporation_id
    )
    assert found[0].name
    assert found[1] == (None, False)
    assert rows(engine, "SELECT 1 FROM core.corporations WHERE name IS NOT NULL")


@pytest.mark.parametrize("status", [404, 400])
def test_a_server_that_is_not_esi_marks_nobody(make_runtime: MakeRuntime, engine: Engine, status: int) -> None:
    from fastapi import FastAPI
    from starlette.responses import JSONResponse

    seen(engine, some_pilots(20))
    app = FastAPI()
    for path in (ROUTE, "/characters/affiliation"):
        app.add_route(path, lambda request: JSONResponse({"detail": "Not Found"}, status_code=status), methods=["POST"])
    with served(app) as url:
        runtime = make_runtime(esi=url)
        with pytest.raises(UpstreamError, match=f"{ROUTE} answered {status}"):
            fill_names(runtime)
        with pytest.raises(UpstreamError, match=f"/characters/affiliation answered {status}"):
            fill_affiliations(runtime)
    assert not rows(engine, "SELECT 1 FROM core.characters WHERE name_at IS NOT NULL OR affiliation_at IS NOT NULL")


def test_an_esi_that_refuses_everything_is_not_believed(make_runtime: MakeRuntime, engine: Engine) -> None:
    from fastapi import FastAPI
    from starlette.responses import JSONResponse

    seen(engine, some_pilots(10))
    app = FastAPI()
    for path, status in ((ROUTE, 404), ("/characters/affiliation", 400)):
        refusal = JSONResponse({"error": "No"}, status_code=status)
        app.add_route(path, lambda request, refusal=refusal: refusal, methods=["POST"])
    with served(app) as url:
        runtime = make_runtime(esi=url)
        with pytest.raises(UpstreamError, match="refused each of 12 ids"):
            fill_names(runtime)
        with pytest.raises(UpstreamError, match="refused each of 10 ids"):
            fill_affiliations(runtime)
    assert not rows(engine, "SELECT 1 FROM core.characters WHERE name_at IS NOT NULL OR affiliation_at IS NOT NULL")


def test_nothing_but_bad_ids_is_believed_of_an_esi_that_knows_jita(
    make_runtime: MakeRuntime, make_upstreams: MakeUpstreams, engine: Engine
) -> None:
    upstreams = make_upstreams(window_seconds=2.0)
    pilots = some_pilots(30)
    seen(engine, pilots)
    runtime = make_runtime(**upstreams.urls)
    change(engine, "UPDATE core.corporations SET name_at = now()")
    change(engine, "UPDATE core.alliances SET name_at = now()")
    upstreams.people.nameless |= {p.character_id for p in pilots}
    report = fill_names(runtime)
    assert (report.bad, report.is_done) == (30, True)
    assert json.loads(upstreams.of(ROUTE)[-1].body) == [30000142]


@pytest.mark.parametrize("body", ["<html>busy</html>", '[{"id":1,"category":"character","name":"Mixed Up"}]', "[{"])
def test_an_answer_to_another_question_is_asked_for_again_and_never_used(
    make_runtime: MakeRuntime, engine: Engine, body: str
) -> None:
    from fastapi import FastAPI
    from starlette.responses import PlainTextResponse

    seen(engine, some_pilots(2))
    asked: list[Any] = []

    def answer(request: Any) -> PlainTextResponse:
        asked.append(request)
        return PlainTextResponse(body)

    app = FastAPI()
    app.add_route(ROUTE, answer, methods=["POST"])
    with served(app) as url, pytest.raises(UpstreamError, match="no answer to the question"):
        fill_names(make_runtime(esi=url))
    assert len(asked) == 3
    assert not rows(engine, "SELECT 1 FROM core.characters WHERE name_at IS NOT NULL")


@realdata.needs_realdata
def test_requests_and_answers_are_those_of_ccps_openapi(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    path = realdata.DATA / "esi" / "esi_openapi_2026-08-18_subset.json"
    openapi = json.loads(path.read_text())
    pilots = some_pilots(40)
    seen(engine, pilots)
    upstreams.people.nameless.add(pilots[3].character_id)
    upstreams.people.deleted.add(pilots[5].character_id)
    runtime = make_runtime(**upstreams.urls)
    fill_names(runtime)
    fill_affiliations(runtime)
    statuses = set()
    dates = openapi["components"]["parameters"]["CompatibilityDate"]["schema"]["enum"]
    for request in upstreams.requests:
        operation = openapi["paths"][request.path.removeprefix("/esi")]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator(schema).validate(json.loads(request.body))
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-compatibility-date"] in dates
        assert request.headers["user-agent"].startswith("Killmart/")
        answer = operation["responses"].get(str(request.status), operation["responses"]["default"])
        schema = answer["content"]["application/json"]["schema"] | {"components": openapi["components"]}
        Draft202012Validator(schema).validate(json.loads(request.answer))
        statuses.add((operation["operationId"], request.status))
    assert statuses == {
        ("PostUniverseNames", 200),
        ("PostUniverseNames", 404),
        ("PostCharactersAffiliation", 200),
        ("PostCharactersAffiliation", 400),
    }


def test_a_refused_id_is_asked_for_again_after_an_hour_a_day_and_a_week(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    (somebody,) = some_pilots(1)
    seen(engine, [somebody])
    upstreams.people.nameless.add(somebody.character_id)
    runtime = make_runtime(**upstreams.urls)

    def asked_after(interval: str) -> int:
        """How many ids are asked for when the last answer is that old."""
        for table in ("characters", "corporations", "alliances"):
            change(engine, f"UPDATE core.{table} SET name_at = now() - interval '{interval}' WHERE name IS NULL")
        return fill_names(runtime).asked

    assert fill_names(runtime).bad == 1
    waits = [("50 minutes", "1 hour"), ("19 hours", "1 day"), ("6 days", "7 days"), ("29 days", "31 days")]
    for too_soon, due in [*waits, ("29 days", "31 days")]:
        assert asked_after(too_soon) == 0
        assert asked_after(due) == 1, due
    upstreams.people.nameless.clear()
    assert asked_after("31 days") == 1
    [row] = rows(engine, "SELECT name IS NOT NULL, name_refusals FROM core.characters")
    assert tuple(row) == (True, 0)


@pytest.mark.parametrize("ahead", ["1 day", "1 year"])
def test_a_clock_that_was_set_back_leaves_nobody_nameless(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine, ahead: str
) -> None:
    seen(engine, some_pilots(1))
    change(engine, f"UPDATE core.characters SET name_at = now() + interval '{ahead}', name_refusals = 1")
    change(engine, f"UPDATE core.corporations SET name = 'Old', name_at = now() + interval '{ahead}'")
    change(engine, f"UPDATE core.characters SET affiliation_at = now() + interval '{ahead}'")
    runtime = make_runtime(**upstreams.urls)
    assert fill_names(runtime).asked >= 2
    assert not rows(engine, "SELECT FROM core.characters WHERE name IS NULL")
    assert not rows(engine, "SELECT FROM core.corporations WHERE name = 'Old'")
    assert fill_affiliations(runtime).asked == 1
