"""Where characters belong, asked of the simulated ESI over HTTP: against kills older and newer than the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from killmart.reference.people import fill_affiliations
from killmart_demo.population import Pilot, pilot
from support.making import MakeRuntime
from support.servers import served
from support.upstreams import Upstreams, change, rows, seen, some_pilots

ROUTE = "/characters/affiliation"


def elsewhere(somebody: Pilot) -> Pilot:
    return somebody._replace(corporation_id=98_777_777, alliance_id=99_777_777)


def belongs(engine: Engine, somebody: Pilot) -> tuple[Any, ...]:
    (row,) = rows(
        engine,
        "SELECT corporation_id, alliance_id, affiliation_at > now() - interval '1 minute'"
        " FROM core.characters WHERE eve_id = :id",
        id=somebody.character_id,
    )
    return tuple(row)


def test_who_moved_since_their_last_kill_is_where_esi_says(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    mover, leaver, stayer = pilots = some_pilots(3)
    seen(engine, pilots)
    upstreams.people.moved[mover.character_id] = elsewhere(mover)
    upstreams.people.moved[leaver.character_id] = leaver._replace(corporation_id=98_000_001, alliance_id=None)
    report = fill_affiliations(make_runtime(**upstreams.urls))
    assert (report.asked, report.found, report.is_done) == (3, 3, True)
    assert belongs(engine, mover) == (98_777_777, 99_777_777, True)
    assert belongs(engine, leaver) == (98_000_001, None, True)
    assert belongs(engine, stayer) == (stayer.corporation_id, stayer.alliance_id, True)


def test_a_kill_newer_than_esi_holds(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    (somebody,) = some_pilots(1)
    seen(engine, [somebody])
    change(engine, "UPDATE core.characters SET last_seen = now() + interval '5 minutes'")  # a clock that is ahead
    change(engine, "UPDATE core.corporations SET last_seen = now() + interval '5 minutes', alliance_id = 5")
    upstreams.people.moved[somebody.character_id] = elsewhere(somebody)
    report = fill_affiliations(make_runtime(**upstreams.urls))
    assert (report.asked, report.found, report.is_done) == (1, 0, True)
    assert belongs(engine, somebody) == (somebody.corporation_id, somebody.alliance_id, None)
    assert rows(engine, "SELECT alliance_id, affiliation_at FROM core.corporations") == [(5, None)]


def test_an_answer_counts_from_when_esi_knew_it(make_runtime: MakeRuntime, engine: Engine) -> None:
    from email.utils import format_datetime

    from fastapi import FastAPI
    from starlette.responses import JSONResponse

    before, after = some_pilots(2)
    seen(engine, [before, after])
    change(engine, "UPDATE core.characters SET last_seen = now() - interval '10 minutes'")
    change(
        engine,
        "UPDATE core.characters SET last_seen = now() - interval '50 minutes' WHERE eve_id = :id",
        id=before.character_id,
    )
    known = format_datetime(datetime.now(UTC) - timedelta(minutes=30), usegmt=True)
    body = [{"character_id": p.character_id, "corporation_id": 98_777_777} for p in (before, after)]
    app = FastAPI()
    app.add_route(ROUTE, lambda request: JSONResponse(body, headers={"Last-Modified": known}), methods=["POST"])
    with served(app) as url:
        fill_affiliations(make_runtime(esi=url))
    assert belongs(engine, before)[0] == 98_777_777
    assert belongs(engine, after) == (after.corporation_id, after.alliance_id, None)
    ((age,),) = rows(
        engine,
        "SELECT extract(epoch FROM now() - affiliation_at) FROM core.characters WHERE affiliation_at IS NOT NULL",
    )
    assert 1_795 < age < 1_900


def test_the_alliance_of_a_corporation_is_that_of_its_members(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    (somebody,) = some_pilots(1)
    seen(engine, [somebody])
    upstreams.people.moved[somebody.character_id] = somebody._replace(alliance_id=99_777_777)
    fill_affiliations(make_runtime(**upstreams.urls))
    assert rows(engine, "SELECT alliance_id, affiliation_at IS NOT NULL FROM core.corporations") == [(99_777_777, True)]


def test_deleted_characters_are_kept_and_marked(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    pilots = some_pilots(1_200)
    seen(engine, pilots)
    gone = [pilots[7], pilots[8], pilots[1_100]]
    upstreams.people.deleted |= {p.character_id for p in gone}
    runtime = make_runtime(**upstreams.urls)
    report = fill_affiliations(runtime)
    assert (report.asked, report.found, report.bad, report.is_done) == (1_200, 1_197, 3, True)
    for somebody in gone:
        assert belongs(engine, somebody) == (somebody.corporation_id, somebody.alliance_id, True)
    assert upstreams.limit.most < 50
    assert max(len(json.loads(request.body)) for request in upstreams.of(ROUTE)) == 1_000
    assert fill_affiliations(runtime).asked == 0


@pytest.mark.parametrize(
    ("seen_days", "asked_hours", "is_asked"),
    [(1, None, True), (6.9, 25, True), (1, 23, True), (1, 19, False), (7.1, None, False)],
)
def test_who_is_asked_for(
    make_runtime: MakeRuntime,
    upstreams: Upstreams,
    engine: Engine,
    seen_days: float,
    asked_hours: float | None,
    is_asked: bool,
) -> None:
    seen(engine, [pilot(25_000)], days_ago=seen_days)
    change(
        engine, "UPDATE core.characters SET affiliation_at = now() - make_interval(secs => :h * 3600)", h=asked_hours
    )
    assert fill_affiliations(make_runtime(**upstreams.urls)).asked == int(is_asked)


def test_how_lately_they_were_seen_can_be_chosen(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    seen(engine, [pilot(25_000)], days_ago=20)
    assert fill_affiliations(make_runtime(**upstreams.urls), seen_days=30).asked == 1
