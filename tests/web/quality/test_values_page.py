"""The page of values shows what was compared, and what there is when there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from killmart.runtime import Runtime
from support.pipeline import run
from support.serving import client, make_app, served

FIRST = date(2026, 11, 1)


@pytest.fixture
def anna(runtime: Runtime) -> Iterator[httpx.Client]:
    with served(make_app(runtime)) as url, client(url) as one:
        yield one


def words(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def compared(runtime: Runtime, day: date, kills: int = 100, ratio: float | None = 0.98, equal: int = 90) -> None:
    run(
        runtime,
        "INSERT INTO quality.value_spread VALUES (:day, :kills, :kills, 10, :compared, :ratio, :ratio, :ratio, :ratio,"
        " :ratio, :compared, :compared, :equal, :equal, :equal, :equal, 1, false, now())",
        day=day,
        kills=kills,
        compared=0 if ratio is None else kills - 10,
        ratio=ratio,
        equal=equal,
    )


def test_a_warehouse_without_values_says_what_brings_them(anna: httpx.Client) -> None:
    page = anna.get("/quality/values")
    assert page.status_code == 200
    assert "No day was compared yet" in page.text


def test_days_are_shown_with_their_spread_and_prices(runtime: Runtime, anna: httpx.Client) -> None:
    for back in range(35):
        compared(runtime, FIRST - timedelta(days=back), equal=45)
    compared(runtime, FIRST + timedelta(days=1), ratio=None, equal=0)
    run(runtime, "UPDATE quality.value_spread SET is_stale = true WHERE day = :day", day=FIRST)
    prices = "INSERT INTO reference.price_days VALUES (:day, :source, now(), :there, :prices, '{}', now())"
    run(runtime, prices, day=FIRST, source="everef", there=True, prices=11_111)
    run(runtime, prices, day=FIRST, source="esi", there=True, prices=2_222)
    run(runtime, prices, day=FIRST - timedelta(days=1), source="everef", there=False, prices=0)
    page = anna.get("/quality/values")
    text = words(page)
    assert page.status_code == 200
    assert "100 % of 2,610" in text
    assert "points 50 %, npc 50 %, solo 50 %, awox 50 % of 2,610" in text
    assert "13,333 esi, everef" in text
    assert "none that day" in text
    assert "not asked for" in text
    assert "stale" in text
    assert str(FIRST + timedelta(days=1)) in text
    older = anna.get("/quality/values", params={"before": str(FIRST - timedelta(days=28))})
    assert str(FIRST - timedelta(days=34)) in older.text
    assert f"<td>{FIRST}" not in older.text
    found = anna.get("/quality/values", params={"download": "json"}).json()
    assert (found["days"][1]["percent_points"], found["totals"]["compared"]) == (50.0, 2_610)
    assert anna.get("/quality/values", params={"before": "yesterday"}).status_code in (400, 404, 422)
