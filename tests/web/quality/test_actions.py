"""A person acts on a page: the stage does it, the record says who, and what cannot be done is said."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from killmart.runtime import Runtime
from support.blocking import blocked_batch
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.serving import ACTOR, client, make_app, served


def token(browser: httpx.Client, page: str) -> str:
    """The token in the forms of a page."""
    return re.findall(r'name="csrf" value="([^"]+)"', browser.get(page).text)[0]


def act(browser: httpx.Client, page: str, action: str, **fields: object) -> httpx.Response:
    """Send a form of `page`, as a browser does, and follow where it leads."""
    data = {"csrf": token(browser, page), **fields}
    return browser.post(action, data=data, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)


def recorded(runtime: Runtime) -> list[tuple[object, ...]]:
    """Who did what, and why."""
    return rows(runtime, "SELECT actor, action, note FROM quality.actions ORDER BY action_id")


@pytest.fixture
def quarantined(runtime: Runtime) -> list[int]:
    """Three killmails without attackers, in quarantine."""
    stage(runtime, [ref(kill(number, attackers=[])) for number in (1, 2, 3)])
    run(runtime, "UPDATE staging.killmails SET refetches = 3")
    load_past_gate(runtime)
    return [number for (number,) in rows(runtime, "SELECT quarantine_id FROM quality.quarantine ORDER BY killmail_id")]


def test_whoever_asks_elsewhere_is_told_of_each_decision_and_of_nothing_else(runtime: Runtime) -> None:
    first, second = (f"/quality/batches/{blocked_batch(runtime, [ref(kill(number))])}" for number in (1, 2))
    told: list[list[tuple[object, ...]]] = []
    with served(make_app(runtime, settle=lambda: told.append(recorded(runtime)))) as url, client(url) as anna:
        assert act(anna, first, f"{first}/release", note=" ").status_code == 409
        assert told == []
        act(anna, first, f"{first}/release", note="counted by hand")
        act(anna, second, f"{second}/reject", note="no")
        act(anna, second, f"{second}/retry", note="fixed")
    released, rejected = (ACTOR, "release_batch", "counted by hand"), (ACTOR, "reject_batch", "no")
    assert told == [[released], [released, rejected]]  # when it was done, not before


def test_a_batch_is_released(runtime: Runtime, anna: httpx.Client) -> None:
    page = f"/quality/batches/{blocked_batch(runtime, [ref(kill(1)), ref(kill(2))])}"
    answer = act(anna, page, f"{page}/release", note="counted <b>by hand</b>")
    assert answer.status_code == 200
    assert str(answer.url).endswith(page)
    assert "counted &lt;b&gt;by hand" in answer.text
    assert rows(runtime, "SELECT killmail_id FROM core.kills_fact ORDER BY 1") == [(1,), (2,)]
    assert recorded(runtime) == [(ACTOR, "release_batch", "counted <b>by hand</b>")]
    assert "released" in anna.get("/quality/runs").text


def test_a_batch_is_rejected_into_quarantine_and_without(runtime: Runtime, anna: httpx.Client) -> None:
    first = f"/quality/batches/{blocked_batch(runtime, [ref(kill(1))])}"
    second = f"/quality/batches/{blocked_batch(runtime, [ref(kill(2))])}"
    assert act(anna, first, f"{first}/reject", note="no").status_code == 200
    answer = act(anna, second, f"{second}/reject", note="no", quarantine="true")
    assert "rejected" in answer.text
    assert rows(runtime, "SELECT killmail_id, reason FROM quality.quarantine") == [(2, "rejected_batch")]
    assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(0,)]
    assert act(anna, first, f"{first}/retry").status_code == 200
    assert [action for _, action, _ in recorded(runtime)][:2] == ["reject_batch", "reject_batch"]


def test_what_a_stage_refuses_is_said(runtime: Runtime, anna: httpx.Client) -> None:
    page = f"/quality/batches/{blocked_batch(runtime, [ref(kill(1))])}"
    answer = act(anna, page, f"{page}/release", note="  ")
    assert answer.status_code == 409
    assert "note has to say why" in answer.text
    assert act(anna, page, f"{page}/release", note="\x00").status_code == 422
    assert act(anna, page, f"{page}/release", note="a" * 2001).status_code == 422
    assert act(anna, page, f"{page}/reject", note="a", quarantine="maybe").status_code == 422
    assert recorded(runtime) == []


def test_entries_are_retried_and_discarded(runtime: Runtime, anna: httpx.Client, quarantined: list[int]) -> None:
    page = f"/quality/quarantine/{quarantined[0]}"
    answer = act(anna, page, "/quality/quarantine/retry", ids=quarantined[0], note="try again")
    assert str(answer.url).endswith(page)
    assert "retried" in answer.text
    assert "try again" in answer.text
    answer = act(anna, "/quality/quarantine", "/quality/quarantine/discard", ids=quarantined[1:], note="of no use")
    assert str(answer.url).endswith("/quality/quarantine")
    assert "Nothing is in quarantine" in answer.text
    resolutions = rows(runtime, "SELECT resolution, resolved_by FROM quality.quarantine ORDER BY quarantine_id")
    assert resolutions == [("retried", ACTOR), ("discarded", ACTOR), ("discarded", ACTOR)]
    assert [done[:2] for done in recorded(runtime)] == [(ACTOR, "retry"), (ACTOR, "discard"), (ACTOR, "discard")]


def test_actions_on_entries_that_cannot_be_are_refused(
    runtime: Runtime, anna: httpx.Client, quarantined: list[int]
) -> None:
    page = f"/quality/quarantine/{quarantined[0]}"
    answer = act(anna, page, f"{page}/release", note="I know it")
    assert answer.status_code == 409
    assert "cannot be released" in answer.text
    assert act(anna, page, "/quality/quarantine/discard", ids=quarantined[0], note="").status_code == 409
    for ids in ([], [0], [10**20], ["a"], [1] * 51):
        assert act(anna, page, "/quality/quarantine/retry", ids=ids).status_code == 422
    answer = act(anna, page, "/quality/quarantine/retry", ids=[quarantined[0], 999])
    assert answer.status_code == 409
    assert "1 of 2 entries were dealt with" in html.unescape(answer.text)
    assert [done[1] for done in recorded(runtime)] == ["retry"]
