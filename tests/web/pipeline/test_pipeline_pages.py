"""What the pipeline pages show: the warehouse's numbers, alerts with their way out, and nothing where nothing is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from killmart.db import alerts
from killmart.runtime import Runtime
from killmart.watch.monitor import monitor
from killmart.watch.rules import load_rules
from killmart.web.pipeline.spans import SPANS
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import shared_warehouse
from support.markup import HOSTILE, without_markup
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.pipeline_filling import fill_month
from support.serving import ACTOR, READER, client, form_token, make_app, served


@pytest.fixture(scope="module")
def month(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a warehouse with a month of a pipeline at work; tests only read it."""
    with shared_warehouse(postgres, "pipeline_month") as runtime:
        fill_month(runtime)
        yield runtime


@pytest.fixture(scope="module")
def month_site(month: Runtime) -> Iterator[str]:
    """Address of the pages on it."""
    with served(make_app(month)) as url:
        yield url


@pytest.mark.parametrize("page", ["", "?span=1h", "?span=7d", "?span=30d", "/alerts", "/runbook"])
def test_an_empty_warehouse_has_pages(visitor: httpx.Client, page: str) -> None:
    answer = visitor.get(f"/pipeline{page}")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "NaN" not in answer.text
    assert "None" not in without_markup(answer.text).replace("None.", "").replace("None was made", "")


def test_an_empty_warehouse_says_what_is_missing(visitor: httpx.Client) -> None:
    page = without_markup(visitor.get("/pipeline").text)
    for part in ("core is empty", "nothing waits", "has taken no sample", "nothing was asked", "No stage ran"):
        assert part in page


@pytest.mark.parametrize("span", SPANS)
def test_the_numbers_are_those_of_the_warehouse(month: Runtime, month_site: str, span: str) -> None:
    with client(month_site) as browser:
        found: dict[str, Any] = browser.get(f"/pipeline?span={span}&download=json").json()
    since = datetime.fromisoformat(found["times"][0])
    assert since + SPANS[span].length <= datetime.fromisoformat(found["at"])
    assert len(found["times"]) == len(found["labels"]) == SPANS[span].length / SPANS[span].step + 1
    stored = rows(
        month,
        """SELECT service, route, sum(requests), sum(cache_hits),
            sum(requests) FILTER (WHERE status = 0 OR status >= 500), sum(bytes)
        FROM ops.request_stats WHERE at >= :since AND at <= :at GROUP BY 1, 2 ORDER BY 1, 2""",
        since=since,
        at=found["at"],
    )
    told = [
        (one["service"], one["route"], one["requests"], one["cache_hits"], one["failed"] or None, one["bytes"])
        for one in found["routes"]
    ]
    assert told == [(*row[:4], row[4] or None, row[5]) for row in stored]
    total = sum(row[2] for row in stored)
    assert found["requests"]["requests"] == sum(one["requests"] for one in found["outcomes"]) == total
    assert sum(sum(one["over_time"]["requests"]) for one in found["services"]) == total
    promoted = rows(
        month,
        "SELECT stage, metric, value FROM ops.run_metrics WHERE at >= :since AND at <= :at"
        " AND metric = 'inserted_killmails'",
        since=since,
        at=found["at"],
    )
    assert sum(found["throughput"]["promote"]) == sum(row[2] for row in promoted)
    assert max(value for value in found["staging"]["pending"] if value is not None) > 10


def test_every_kind_of_number_is_on_the_page(month_site: str) -> None:
    with client(month_site) as browser:
        page = browser.get("/pipeline").text
        charts = ["Lag", "Throughput", "Requests", "Errors", "Latency", "Cache hits", "Tokens left", "Staging"]
        tables = ["Routes", "Stages", "Budgets and pauses", "Size of the warehouse"]
        for part in [*charts, *tables, "p99", "/killmails/{id}/{hash}", "tokens in 15 min"]:
            assert part in without_markup(page)
        assert "Left alone until" in page
        assert "Retry-After 2400" in page
        assert 'href="/killmart/pipeline/runbook#error_rate"' in page
        assert "we moved the second bot" in page
        assert [found for found in re.findall(r'span=(\w+)"( aria-current)?', page) if found[1]] == [
            ("24h", " aria-current")
        ]
        assert '<nav class="tabs" aria-label="Pipeline">' in page


def test_alerts_tell_what_was_and_who_was_told(month_site: str) -> None:
    with client(month_site) as browser:
        page = without_markup(browser.get("/pipeline/alerts").text)
        told = browser.get("/pipeline/alerts?download=json").json()
    for part in ("6,120 killmails wait", "the mail server refused the password, tried 12 times", "2 (mailto)"):
        assert part in page
    assert [alert["rule"] for alert in told["alerts"]] == ["error_rate", "rate_limit_hits"]
    assert {rule["rule"] for rule in told["rules"]} == {rule.name for rule in load_rules()}


def test_a_real_run_and_a_real_alert_are_in_sight(runtime: Runtime, anna: httpx.Client) -> None:
    stage(runtime, [ref(kill(number)) for number in (1, 2, 3)])
    load_past_gate(runtime)
    run(
        runtime,
        """INSERT INTO ops.request_stats (at, service, route, status, requests, latency_buckets)
        VALUES (date_trunc('minute', now()), 'esi', '/x', 500, 30, '{30,0,0,0,0,0,0,0,0,0,0}')""",
    )
    monitor(runtime)
    found = anna.get("/pipeline?span=1h&download=json").json()
    assert sum(found["throughput"]["promote"]) == 3
    assert found["state"]["median_seconds_to_core"] >= 0
    assert found["state"]["is_sampled"]
    assert found["lag_minutes"]["kill"][-1] > 1000
    assert "error_rate" in [alert["rule"] for alert in found["alerts"]]
    assert [(one["service"], one["error_percent"]) for one in found["services"]] == [("esi", 100)]
    page = anna.get("/pipeline").text
    assert "Requests fail" in page
    assert "inserted" not in page


def test_strings_of_others_are_text(runtime: Runtime, anna: httpx.Client) -> None:
    run(
        runtime,
        "INSERT INTO ops.request_stats (at, service, route, status, requests) VALUES (now(), :text, :text, 200, 5)",
        text=HOSTILE,
    )
    run(runtime, "INSERT INTO ops.pauses VALUES (:text, now() + interval '1 hour', :text, now())", text=HOSTILE)
    run(runtime, "INSERT INTO ops.alerts (rule, severity, message) VALUES (:text, :text, :text)", text=HOSTILE)
    run(runtime, "INSERT INTO ops.mutes VALUES (:text, now() + interval '1 hour', :text, now())", text=HOSTILE)
    run(
        runtime,
        "INSERT INTO ops.run_metrics (stage, metric, label, value) VALUES (:text, 'runs', NULL, 1),"
        " ('gauge', 'staging_killmails', :text, 3), ('gauge', 'budget_left_ratio', :text, 0.5)",
        text=HOSTILE,
    )
    run(
        runtime,
        "INSERT INTO ops.notifications (created_at, target, severity, subject, body, error)"
        " VALUES (now(), :text, :text, :text, :text, :text)",
        text=HOSTILE,
    )
    for page in ("", "/alerts", "?download=html", "/alerts?download=html"):
        answer = anna.get(f"/pipeline{page}")
        assert answer.status_code == 200, page
        assert "<script>alert" not in answer.text, page
        assert "<img" not in answer.text, page
        assert "49" not in re.findall(r'"\'(.{0,12})', without_markup(answer.text)), page


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/pipeline?span=2h", 422, "span"),
        ("/pipeline?span=%00", 422, "span"),
        ("/pipeline?download=exe", 422, "download"),
        ("/pipeline/nowhere", 404, "no such page"),
        ("/pipeline/alerts/nothing", 404, "no such page"),
    ],
)
def test_what_cannot_be_is_a_page_of_our_own(visitor: httpx.Client, address: str, status: int, said: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("page", ["", "?span=7d", "/alerts"])
def test_downloads_stand_alone(month_site: str, page: str) -> None:
    sign = "&" if "?" in page else "?"
    with client(month_site) as browser:
        alone = browser.get(f"/pipeline{page}{sign}download=html")
        assert alone.headers["content-disposition"].startswith('attachment; filename="killmart-')
        assert "<style>" in alone.text
        for part in ("<script", "<link", "<form", 'class="spans"'):
            assert part not in alone.text
        assert not re.findall(r'href="(?!http://127)', alone.text)


def test_an_alert_is_muted_and_told_again(runtime: Runtime, site: str, anna: httpx.Client) -> None:
    at = datetime.now(UTC)
    with runtime.engine.begin() as connection:
        alerts.open_alert(connection, "disk", "critical", "The disk is full.", 0.01, 0.1, at)
    page = anna.get("/pipeline/alerts").text
    assert 'action="/killmart/pipeline/alerts/disk/mute"' in page
    form = {"csrf": form_token(anna), "hours": "24", "note": "a new disk is on its way"}
    answer = anna.post("/pipeline/alerts/disk/mute", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/killmart/pipeline/alerts")
    [(rule, until, reason)] = rows(runtime, "SELECT rule, until, reason FROM ops.mutes")
    assert (rule, reason) == ("disk", f"a new disk is on its way ({ACTOR})")
    assert timedelta(hours=23) < until - at < timedelta(hours=25)
    page = anna.get("/pipeline/alerts").text
    assert "End the mute" in page
    assert f"a new disk is on its way ({ACTOR})" in page
    assert anna.post("/pipeline/alerts/disk/unmute", data={"csrf": form_token(anna)}).status_code == 303
    assert rows(runtime, "SELECT count(*) FROM ops.mutes") == [(0,)]
    for path, changed, status in (
        ("/pipeline/alerts/nothing/mute", {}, 404),
        ("/pipeline/alerts/nothing/unmute", {}, 404),
        ("/pipeline/alerts/disk/mute", {"hours": "0"}, 422),
        ("/pipeline/alerts/disk/mute", {"hours": "9999"}, 422),
        ("/pipeline/alerts/disk/mute", {"csrf": "rubbish"}, 403),
        ("/pipeline/alerts/disk/unmute", {"csrf": "rubbish"}, 403),
    ):
        assert anna.post(path, data=form | changed).status_code == status, path
    with client(site, READER) as rita:
        own = form | {"csrf": form_token(rita, person=READER)}
        assert rita.post("/pipeline/alerts/disk/mute", data=own).status_code == 403
        assert "<form" not in rita.get("/pipeline/alerts").text
    assert rows(runtime, "SELECT count(*) FROM ops.mutes") == [(0,)]
