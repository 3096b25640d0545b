"""What the pages show: reports of real batches, whatever strings they hold, and what there is when there is nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from killmart.config.connections import Connection
from killmart.db import batches
from killmart.db.validation import record_validation
from killmart.load.promote import promote
from killmart.runtime import Runtime
from killmart.transform.defects import Reason
from support.blocking import FAILED, blocked_batch
from support.markup import HOSTILE, without_markup
from support.pipeline import build, kill, load_past_gate, ref, rows, run, stage
from support.serving import client, make_app, served

RUN_ID = "manual__2026-11-20T00:00:00.123456+00:00/a?b&c=<d>#é"
MET = FAILED | {"success": True, "observed": "as expected", "unexpected_count": 0, "examples": []}


def judged(runtime: Runtime, *results: dict[str, Any], outcome: str = "warned") -> int:
    """Build a batch of what waits and give it a verdict with these results; the number of the run."""
    batch_id = build(runtime).batch_id
    with runtime.engine.begin() as connection:
        return record_validation(
            connection,
            batches.lock_batch(connection, batch_id),
            outcome=outcome,
            started_at=datetime.now(UTC),
            seconds=1.5,
            results=results,
            dag_id=runtime.dag_id,
            dag_run_id=runtime.run_id,
        )


@pytest.fixture
def of_a_run(runtime: Runtime) -> Runtime:
    """The runtime of a DAG run whose id has every sign that addresses care about."""
    return replace(runtime, dag_id="killmails_live", run_id=RUN_ID)


EMPTY_PAGES = ["", "/runs", "/expectations", "/coverage", "/quarantine", "/batches", "/dag-run", "/coverage?year=2007"]


@pytest.mark.parametrize("page", EMPTY_PAGES)
def test_an_empty_warehouse_has_pages(visitor: httpx.Client, page: str) -> None:
    answer = visitor.get(f"/quality{page}")
    assert answer.status_code == 200
    assert "<h1>" in answer.text


def test_a_run_s_report_tells_its_story(of_a_run: Runtime, anna: httpx.Client) -> None:
    stage(of_a_run, [ref(kill(number)) for number in (1, 2, 3)])
    run_id = judged(of_a_run, FAILED | {"severity": "warning"}, MET | {"expectation": "all_is_well"})
    promote(of_a_run, rows(of_a_run, "SELECT max(batch_id) FROM staging.batches")[0][0])
    page = anna.get(f"/quality/runs/{run_id}").text
    for part in ("warned", "items add up", FAILED["why"], "all is well", "Claimed", "Candidates", "Promoted", "1.5 s"):
        assert part in page
    assert 'href="/killmart/quality/killmails/3"' in page
    assert "<b>3</b>" in page
    report = anna.get(f"/quality/runs/{run_id}?download=json")
    assert report.headers["content-disposition"] == f'attachment; filename="killmart-run-{run_id}.json"'
    found = report.json()
    assert found["run"]["promoted"] == 3
    assert [result["success"] for result in found["results"]] == [False, True]
    assert found["results"][0]["examples"] == FAILED["examples"]
    for listed in ("", "/runs", "/runs?dag_id=killmails_live&outcome=warned", "/expectations"):
        assert anna.get(f"/quality{listed}").status_code == 200
    assert f"/quality/runs/{run_id}" in anna.get("/quality/runs?outcome=warned").text
    assert f"/quality/runs/{run_id}" not in anna.get("/quality/runs?outcome=blocked").text
    trend = anna.get("/quality/expectations/kills_fact/items_add_up").text
    assert FAILED["why"] in trend
    assert f"/quality/runs/{run_id}" in trend


def test_a_dag_run_s_tab_shows_the_report_of_its_batch(of_a_run: Runtime, anna: httpx.Client) -> None:
    stage(of_a_run, [ref(kill(1))])
    judged(of_a_run, FAILED)
    address = f"/quality/dag-run?dag_id=killmails_live&run_id={quote(RUN_ID, safe='')}"
    page = anna.get(address).text
    assert "items add up" in page
    assert RUN_ID in without_markup(page)
    assert "<d>" not in page
    assert anna.get(f"{address}&download=json").json()["report"]["run"]["dag_run_id"] == RUN_ID
    stage(of_a_run, [ref(kill(2))])
    judged(replace(of_a_run, owner="another"), MET, outcome="passed")
    assert "2 batches" in anna.get(address).text


@pytest.mark.parametrize(
    "query", ["", "?dag_id=killmails_live", "?dag_id=a&run_id=b", f"?dag_id={quote(HOSTILE)}&run_id={quote(HOSTILE)}"]
)
def test_a_dag_run_without_batches_says_so(visitor: httpx.Client, query: str) -> None:
    answer = visitor.get(f"/quality/dag-run{query}")
    assert answer.status_code == 200
    assert "No batch was built in this DAG run" in answer.text
    assert "<script>alert" not in answer.text


def test_strings_of_others_are_text(of_a_run: Runtime, anna: httpx.Client) -> None:
    long = "A" * 20_000
    hostile = FAILED | {
        "observed": HOSTILE,
        "why": HOSTILE + long,
        "column_name": HOSTILE,
        "examples": [{"killmail_id": HOSTILE, HOSTILE: HOSTILE}, {"killmail_id": 10**30, "x": [None, {"a": HOSTILE}]}],
    }
    one = ref(kill(5), body=HOSTILE.encode() + b"\x00\xff")
    stage(of_a_run, [ref(kill(1)), one])
    run(of_a_run, "UPDATE staging.killmails SET refetches = 3, error = :error", error=HOSTILE)
    run_id = judged(of_a_run, hostile, outcome="blocked")
    batch_id = rows(of_a_run, "SELECT batch_id FROM quality.validation_runs")[0][0]
    run(of_a_run, "UPDATE staging.batches SET state = 'blocked', source = :source", source=HOSTILE)
    run(of_a_run, "UPDATE quality.quarantine SET detail = :detail, feed = :detail, reason = :detail", detail=HOSTILE)
    run(
        of_a_run,
        "INSERT INTO quality.actions (actor, action, batch_id, quarantine_id, note) SELECT :note, 'retry', :batch,"
        " quarantine_id, :note FROM quality.quarantine",
        note=HOSTILE,
        batch=batch_id,
    )
    entry = rows(of_a_run, "SELECT max(quarantine_id) FROM quality.quarantine")[0][0]
    pages = ["", "/runs", f"/runs/{run_id}", "/expectations", "/expectations/kills_fact/items_add_up", "/batches"]
    pages += [f"/batches/{batch_id}", "/quarantine", f"/quarantine?reason={quote(HOSTILE)}", f"/quarantine/{entry}"]
    pages += ["/killmails/5", "/killmails/1", f"/runs?dag_id={quote(HOSTILE)}"]
    for page in pages:
        for download in (None, "html"):
            answer = anna.get(
                f"/quality{page}",
                params=httpx.QueryParams(page.partition("?")[2]).merge({"download": download} if download else {}),
            )
            assert answer.status_code == 200, page
            assert "<script>alert" not in answer.text, page
            assert "<img" not in answer.text, page
            assert "49" not in re.findall(r'"\'(.{0,12})', without_markup(answer.text)), page
    body = anna.get(f"/quality/quarantine/{entry}/body")
    assert body.content == HOSTILE.encode() + b"\x00\xff"
    assert body.headers["content-type"] == "application/octet-stream"
    assert body.headers["content-disposition"].startswith("attachment")


BAD = [
    ("/quality/runs/77", 404, "There is no validation run 77"),
    ("/quality/runs/0", 422, "run_id"),
    ("/quality/runs/-1", 422, "run_id"),
    ("/quality/runs/99999999999999999999", 422, "run_id"),
    ("/quality/runs/abc", 422, "run_id"),
    ("/quality/runs/%3Cscript%3E", 422, "run_id"),
    ("/quality/runs/..%2F..%2Fetc%2Fpasswd", 404, "no such page"),
    ("/quality/runs?before=x", 422, "before"),
    ("/quality/runs?outcome=lost", 422, "outcome"),
    ("/quality/runs?dag_id=%00", 422, "dag_id"),
    (f"/quality/runs?dag_id={'a' * 2000}", 422, "dag_id"),
    ("/quality/dag-run?dag_id=a&run_id=%00", 422, "run_id"),
    ("/quality/batches/77", 404, "There is no batch 77"),
    ("/quality/quarantine/77", 404, "There is no entry 77"),
    ("/quality/quarantine/77/body", 404, "There is no entry 77"),
    ("/quality/killmails/77", 404, "nothing of killmail 77"),
    ("/quality/coverage/2026-01-01", 404, "has never been compared"),
    ("/quality/coverage/0000-00-00", 422, "day"),
    ("/quality/coverage/..%2F", 404, "no such page"),
    ("/quality/coverage?year=1", 422, "year"),
    ("/quality/expectations/kills_fact/nothing", 404, "No validation run has looked at"),
    ("/quality/expectations/kills_fact/%27%3B--", 422, "expectation"),
    ("/quality/runs/1?download=exe", 422, "download"),
    ("/static/..%2Fapp.py", 404, "no such page"),
    ("/static/app.py", 404, "no such file"),
    ("/quality/nowhere", 404, "no such page"),
]


@pytest.mark.parametrize(("address", "status", "said"), BAD, ids=[address[:40] for address, _, _ in BAD])
def test_what_cannot_be_is_a_page_of_our_own(visitor: httpx.Client, address: str, status: int, said: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == status
    assert said in answer.text
    assert "To the overview" in answer.text
    assert "Traceback" not in answer.text


def test_runs_come_in_pages(full: Runtime, full_site: str) -> None:
    with client(full_site) as browser:
        seen: list[int] = []
        address: str | None = "/quality/runs?dag_id=killmails_daily&outcome=warned"
        while address:
            page = browser.get(address.removeprefix("/killmart")).text
            seen += [int(number) for number in re.findall(r'<td class="number"><a href="[^"]*/runs/(\d+)"', page)]
            found = re.search(r'rel="next" href="([^"]+)"', page)
            address = found[1].replace("&amp;", "&") if found else None
        wanted = rows(
            full,
            "SELECT run_id FROM quality.validation_runs WHERE dag_id = 'killmails_daily' AND outcome = 'warned'"
            " ORDER BY run_id DESC",
        )
        assert seen == [run_id for (run_id,) in wanted]
        assert len(seen) > 100


def test_a_day_shows_its_missing_ids_in_pages(full: Runtime) -> None:
    day, missing = rows(
        full,
        "SELECT day, missing FROM quality.day_coverage WHERE cardinality(missing) > 1000 ORDER BY day DESC LIMIT 1",
    )[0]
    with served(make_app(full)) as url, client(url) as browser:
        seen: list[int] = []
        address = f"/quality/coverage/{day}"
        while True:
            page = browser.get(address).text
            seen += [int(number) for number in re.findall(r"/killmails/(\d+)", page)]
            found = re.search(r'rel="next" href="/killmart([^"]+)"', page)
            if not found:
                break
            address = found[1]
        assert seen == missing
        assert browser.get(f"/quality/coverage/{day}?download=json").json()["coverage"]["missing_ids"] == missing
        calendar = browser.get("/quality/coverage").text
        assert f"{day}: 86.7 % complete: 9,000 expected, 7,797 loaded, 1,200 missing, 3 in quarantine" in calendar


@pytest.mark.parametrize(
    "page",
    ["", "/runs/500", "/expectations", "/expectations/kill_characters/expectation_3", "/quarantine", "/batches/500"],
)
def test_downloads_stand_alone(full_site: str, page: str) -> None:
    with client(full_site) as browser:
        alone = browser.get(f"/quality{page}?download=html")
        assert alone.headers["content-disposition"].startswith('attachment; filename="killmart-')
        assert "<style>" in alone.text
        assert "<script" not in alone.text
        assert "<link" not in alone.text
        assert "<form" not in alone.text
        found = browser.get(f"/quality{page}?download=json")
        assert found.headers["content-disposition"].endswith('.json"')
        assert isinstance(json.loads(found.text), dict)


def test_a_loaded_killmail_has_a_page(runtime: Runtime, anna: httpx.Client) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    page = anna.get("/quality/killmails/1").text
    for part in ("2021-11-29 12:34:56", "95000001", "promoted", "killmail_time"):
        assert part in page


def test_addresses_that_lead_elsewhere(visitor: httpx.Client) -> None:
    found = visitor.get("/quality/killmails?killmail_id=17")
    assert (found.status_code, found.headers["location"]) == (303, "/killmart/quality/killmails/17")
    assert visitor.get("/quality/killmails?killmail_id=x").status_code == 422
    review = visitor.get("/quality/dag-run?dag_id=review_batch&run_id=batch_12")
    assert (review.status_code, review.headers["location"]) == (303, "/killmart/quality/batches/12")
    assert visitor.get("/quality/dag-run?dag_id=review_batch&run_id=batch_x").status_code == 200
    assert visitor.get("/").headers["location"] == "/killmart/quality"


def test_a_lost_warehouse_is_a_page_too(runtime: Runtime) -> None:

    gone = Connection("warehouse", "postgres", "127.0.0.1", "nobody", "", "nothing", 1)
    with served(make_app(replace(runtime, find_connection=lambda name: gone))) as url, client(url) as browser:
        answer = browser.get("/quality")
        assert answer.status_code == 503
        assert "cannot be reached" in answer.text
        assert browser.get("/static/frame.css").status_code == 200


def test_a_blocked_batch_is_in_sight(runtime: Runtime, anna: httpx.Client) -> None:
    batch_id = blocked_batch(runtime, [ref(kill(1)), ref(kill(2))])
    assert "1 blocked batch waits for a person" in without_markup(anna.get("/quality").text)
    assert f"/quality/batches/{batch_id}" in anna.get("/quality/batches").text
    assert "Decide on this batch" in anna.get("/quality/runs/1").text


def test_half_a_character_in_a_body_is_shown_as_a_sign(runtime: Runtime, anna: httpx.Client) -> None:
    one = ref(kill(5, attackers=[], note="\ud800"))
    assert b"\\ud800" in (one.body or b"")
    stage(runtime, [one])
    build(runtime)
    [(entry,)] = rows(runtime, "SELECT quarantine_id FROM quality.quarantine")
    for page in (f"/quarantine/{entry}", "/killmails/5"):
        for download in ("", "?download=html", "?download=json"):
            answer = anna.get(f"/quality{page}{download}")
            assert answer.status_code == 200, (page, download)
    assert "&#34;note&#34;: &#34;?&#34;" in anna.get(f"/quality/quarantine/{entry}").text


@pytest.mark.parametrize("page", ["/quality/runs", "/quality/quarantine?is_open=false", "/pipeline"])
def test_a_query_may_have_any_names(full_site: str, page: str) -> None:
    with client(full_site) as browser:
        answer = browser.get(page, params=httpx.QueryParams(page.partition("?")[2]).merge({"path": "1", "self": "2"}))
    assert answer.status_code == 200


def test_a_download_may_have_any_name(visitor: httpx.Client) -> None:
    for download in ("json", "html"):
        answer = visitor.get("/quality/quarantine", params={"reason": "übel 山 x", "download": download})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'filename="killmart-quarantine--bel-x.{download}"')


def test_what_is_one_is_not_many(of_a_run: Runtime, anna: httpx.Client) -> None:
    batch_id = blocked_batch(of_a_run, [ref(kill(1))])
    [(run_id,)] = rows(of_a_run, "SELECT run_id FROM quality.validation_runs")
    many = r"\b1 (candidates|killmails|runs|days|bodies)\b"
    for page in (f"/batches/{batch_id}", "/batches", f"/runs/{run_id}", "/expectations/kills_fact/items_add_up", ""):
        text = without_markup(anna.get(f"/quality{page}").text)
        assert not re.search(many, text), (page, re.search(many, text))
    assert "1 candidate," in without_markup(anna.get(f"/quality/batches/{batch_id}").text)


def test_every_reason_has_a_colour_of_its_own(runtime: Runtime, anna: httpx.Client) -> None:
    stage(runtime, [ref(kill(number, attackers=[])) for number in range(1, len(Reason) + 1)])
    build(runtime)
    for number, reason in enumerate(Reason, 1):
        run(runtime, "UPDATE quality.quarantine SET reason = :r WHERE killmail_id = :n", r=reason.value, n=number)
    page = anna.get("/quality/quarantine").text
    tones = re.findall(r'<li class="key (tone-[^"]+)">', page)
    assert len(tones) == len(Reason)
    assert len(set(tones)) == len(Reason)
    assert set(re.findall(r'<rect [^>]*class="area (tone-[^"]+)"', page)) >= set(tones)


def test_reasons_are_words_and_no_code(runtime: Runtime, anna: httpx.Client) -> None:
    stage(runtime, [ref(kill(1, attackers=[]))])
    build(runtime)
    for page in ("/quality", "/quality/quarantine", "/quality/quarantine?reason=no_attackers"):
        said = without_markup(anna.get(page).text)
        assert "no attackers" in said, page
        assert "no_attackers" not in said, page


def test_a_run_whose_results_are_gone_says_so(of_a_run: Runtime, anna: httpx.Client) -> None:
    stage(of_a_run, [ref(kill(1))])
    run_id = judged(of_a_run, MET)
    assert "1 of 1 met" in anna.get(f"/quality/runs/{run_id}").text
    run(of_a_run, "DELETE FROM quality.validation_results")
    assert "those of the gate go after KILLMART_RESULTS_DAYS" in anna.get(f"/quality/runs/{run_id}").text
    assert "not stored any more" in anna.get("/quality/batches/1").text
