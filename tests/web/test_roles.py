"""The whole way as its roles: a feed is drained, judged, promoted, its ranges built bare, and read on pages by who may
read alone; what people do on these goes on as who loads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.load.live import load
from killmart.load.marts import refresh_marts
from killmart.load.promote import promote_together
from killmart.runtime import Runtime
from killmart.watch.monitor import monitor
from killmart.web.api.app import API
from support.blocking import blocked_batch
from support.bulk import WIDTH, batch_of, build_whatever_comes, built_ranges, left_over
from support.installation import FIRST, hashes_of, simulated, stage_refs
from support.making import MakeRuntime
from support.pipeline import kill, ref, rows, run
from support.serving import ACTOR, client, form_token, make_app, served

PAGES = (
    "/quality",
    "/quality/runs",
    "/quality/coverage",
    "/quality/batches",
    "/pipeline",
    "/pipeline/alerts",
    "/metrics",
)


@contextmanager
def noted(engine: Engine, found: list[str]) -> Iterator[None]:
    """Note what an engine writes or locks meanwhile."""

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_from_the_feed_to_the_pages(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulated(kills=20) as simulator:
        urls = {name: f"{simulator.url}/{name}" for name in ("r2z2", "esi")}
        runtime = make_runtime(**urls, feed="r2z2", r2z2_start=FIRST, r2z2_rate=2000, r2z2_pause=0.05)
        drain(runtime)
        stage_refs(runtime, hashes_of(simulator))
        run(runtime, "UPDATE staging.killmails SET state = 'pending', body = NULL WHERE killmail_id % 2 = 0")
        fetch(runtime)
        assert load(runtime).blocked == []
    assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(20,)]
    build_whatever_comes(monkeypatch)
    promote_together(runtime, [batch_of(runtime, [kill(5 * WIDTH + one)]) for one in range(3)])
    assert (built_ranges(runtime) > 0, left_over(runtime)) == (True, [])
    refresh_marts(runtime, rebuild=True)
    monitor(runtime)
    read_by_pages(runtime)
    decided_on_pages(runtime)


def read_by_pages(runtime: Runtime) -> None:
    """Every page asks as who reads; the bodies in staging alone as who loads."""
    [(killmail_id,)] = rows(runtime, "SELECT max(killmail_id) FROM staging.killmails")
    asked: list[str] = []
    with noted(runtime.engine, asked), served(make_app(runtime)) as url, client(url) as browser:
        for page in (*PAGES, "/charts/system/30000142", f"{API}/killmails", f"{API}/killmails/{5 * WIDTH}"):
            assert browser.get(page).status_code == 200, page
        assert asked == []
        answer = browser.get(f"/quality/killmails/{killmail_id}", params={"download": "json"}).json()
        assert answer["staging"]["state"] == "promoted"
        assert f'"killmail_id": {killmail_id}' in answer["staging"]["body"]
        assert [one for one in asked if "FROM staging.killmails" not in one and "statement_timeout" not in one] == []


def decided_on_pages(runtime: Runtime) -> None:
    """A batch is released and a rule muted by forms, whose work the reader could not do."""
    batch_id = blocked_batch(runtime, [ref(kill(7 * WIDTH))])
    with served(make_app(runtime)) as url, client(url, ACTOR) as browser:
        for action, data in (
            (f"/quality/batches/{batch_id}/release", {"note": "checked"}),
            ("/pipeline/alerts/feed_silence/mute", {"hours": "1"}),
        ):
            form = {"csrf": form_token(browser), **data}
            answer = browser.post(action, data=form, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 303, answer.text
    assert rows(runtime, f"SELECT count(*) FROM core.kills_fact WHERE killmail_id = {7 * WIDTH}") == [(1,)]
    assert rows(runtime, "SELECT rule FROM ops.mutes") == [("feed_silence",)]
    owners = """SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
        WHERE relnamespace IN ('core'::regnamespace, 'mart'::regnamespace)"""
    assert rows(runtime, owners) == [("killmart_owner",)]
