"""A whole installation: killmails_live blocks a batch and goes on, people are asked and decide, in a browser and over
REST; the pages stand behind the login, need no other host and look the same without one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import text

from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.load.review import release_batch
from killmart.model.ref import Ref
from killmart_demo.config import SimulatorConfig
from killmart_demo.universe import UniverseCatalogue
from killmart_stack.postgres import EmbeddedPostgres
from support import browser
from support.blocking import blocked_batch
from support.browser import chromium, log_in, needs_chromium, screenshot
from support.hammering import hammered
from support.mart_filling import ALLIANCES, FIRST_ALLIANCE, wage_war
from support.pipeline import kill, quarantined, ref, rows, run, stage
from support.scenery import furnish
from support.serving import client, routes
from support.stack_installation import TOKEN, Installation, emptied, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

BREAK = """
CREATE FUNCTION public.miscount() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.claimed := NEW.claimed + 1; RETURN NEW; END $$;
CREATE TRIGGER miscount BEFORE UPDATE ON staging.batches FOR EACH ROW
WHEN (OLD.state = 'built' AND NEW.state = 'built') EXECUTE FUNCTION public.miscount()
"""
LIVE, REVIEW, MONITOR = "killmails_live", "review_batch", "monitor"
READERS = 300
PAGES = "/plugin/data-quality/killmart/quality"
RUN_TAB = "plugin/data-quality-of-run"
OURS = ("", "/runs", "/expectations", "/coverage", "/quarantine", "/batches")
DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Blocked:
    """Batches of which people have been asked: the one of the live DAG, and those that get other answers."""

    live_run: str
    live: int
    rejected: int
    elsewhere: int
    unanswered: int
    noteless: int
    on_page: int
    next_live_run: str
    next_monitor_run: str


@pytest.fixture(scope="module")
def up(installation: Installation) -> Iterator[Installation]:
    """An installation in daily use, whose live DAG runs when it is told to, and whose first run has brought something.

    What would change the days and figures that pages show while they are looked at is paused.
    """
    with emptied(installation).paused("killmails_daily", "reference_data"):
        stage(installation.runtime, first_load())
        assert installation.ended(LIVE, installation.trigger(LIVE, {}))[0] == "success"
        furnish(installation.runtime)
        yield installation


def first_load() -> list[Ref]:
    """What the demo's feed begins with."""
    universe = UniverseCatalogue(SimulatorConfig())
    kills = [universe.get(number) for number in universe.first_load(time.time())]
    return [Ref(one.killmail_id, one.killmail_hash, json.dumps(one.zkb).encode(), one.body) for one in kills if one]


@pytest.fixture(scope="module")
def blocked(up: Installation) -> Blocked:
    """Six questions, three of them decided over REST or as on the command line: what comes of that takes its time,
    while others look around."""
    rejected, elsewhere, unanswered, noteless, on_page = (
        blocked_batch(up.runtime, [ref(kill(number))]) for number in (11, 12, 13, 14, 15)
    )
    live_run, live = block_live(up)
    for batch_id in (rejected, elsewhere, unanswered, noteless, on_page, live):
        wait_for(lambda number=batch_id: is_asked(up, number), f"the question about batch {batch_id}")
    let_time_pass(up, unanswered)
    for batch_id, given in ((rejected, REJECT), (noteless, NOTELESS)):
        up.call("PATCH", ask_path(batch_id), given)
    release_batch(up.runtime, elsewhere, "Ann", "on the command line")
    monitored = up.trigger(MONITOR, {})
    return Blocked(live_run, live, rejected, elsewhere, unanswered, noteless, on_page, up.trigger(LIVE, {}), monitored)


REJECT = {"chosen_options": ["Reject"], "params_input": {"note": "no such ship"}}
NOTELESS = {"chosen_options": ["Approve"], "params_input": {}}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def session(up: Installation, chrome: Browser) -> Any:
    """Cookies of somebody who has logged in through the form."""
    with window(chrome, up) as page:
        log_in(page, up, "/")
        page.get_by_role("link", name="Data quality").wait_for()
        return page.context.storage_state()


def test_without_login_every_route_says_so(up: Installation) -> None:
    asked = sorted(set(routes(up.runtime)))
    assert len(asked) > 25
    with client(f"{up.url}/killmart", None) as nobody:
        answers = {(method, path): nobody.request(method, path).status_code for method, path in asked}
    assert {asked: status for asked, status in answers.items() if status != 401} == {}


def test_readers_do_not_fail_a_running_task(up: Installation) -> None:
    with hammered(f"{up.url}/killmart/api/v1/coverage", TOKEN, READERS) as answers:
        run_id = up.trigger(LIVE, {})
        state, _ = up.ended(LIVE, run_id)
    tasks = up.call("GET", f"dags/{LIVE}/dagRuns/{run_id}/taskInstances")["task_instances"]
    assert state == "success"
    assert {task["task_id"]: task["try_number"] for task in tasks if task["try_number"] > 1} == {}
    assert answers["200"] > 0
    assert answers["503"] > 0
    assert set(answers) == {"200", "503"}


@needs_chromium
def test_a_person_finds_a_blocked_batch_in_the_browser_approves_it_and_sees_it_promoted(
    up: Installation, chrome: Browser, blocked: Blocked
) -> None:
    with window(chrome, up) as page:
        log_in(page, up, "/")
        page.get_by_role("link", name="Data quality").click()
        tile = inside(page, "Data quality").locator(".tile", has_text="Blocked batches")
        assert int(tile.locator(".value").inner_text()) >= 1

        page.goto(f"{up.url}/dags/{LIVE}/runs/{quote(blocked.live_run)}")
        page.locator(f"a[href$='/{RUN_TAB}']").click()
        report = inside(page, "Quality of this DAG run")
        failed = report.locator(".expectation", has_text="batch adds up")
        assert "critical" in failed.inner_text()
        assert report.locator(".head", has_text="The run").locator(".pill").inner_text() == "blocked"

        page.goto(f"{up.url}/required_actions")
        page.get_by_role("link", name=f"Batch {blocked.live} of {LIVE} is blocked").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="The batch's page").click()
        own = opened.value
        assert urlsplit(own.url).path == f"{PAGES}/batches/{blocked.live}"
        assert state_of(own, blocked.live) == "blocked"
        screenshot(own, "pages-batch-light")

        page.fill("input[name=element_note]", "counted by hand")
        page.get_by_test_id("hitl-option-Approve").click()

        def promoted() -> bool:
            own.reload()
            return state_of(own, blocked.live) == "promoted"

        wait_for(promoted, f"the page of batch {blocked.live} to say that it is promoted")
        done = inside(own, f"Batch {blocked.live}").locator("section", has_text="What people did").inner_text()
        assert "admin" in done
        assert "counted by hand" in done
    assert latest_action(up, blocked.live) == ("admin", "release_batch", "counted by hand")
    assert rows(up.runtime, "SELECT killmail_id FROM core.kills_fact WHERE killmail_id = 1") == [(1,)]


@needs_chromium
def test_a_decision_on_our_page_closes_airflows_question_at_once(
    up: Installation, chrome: Browser, session: Any, blocked: Blocked
) -> None:
    assert f"batch_{blocked.on_page}" in open_questions(up)
    with window(chrome, up, session) as page:
        page.goto(f"{up.url}{PAGES}/batches/{blocked.on_page}")
        decision = inside(page, f"Batch {blocked.on_page}").locator("details", has_text="Reject: drop it")
        decision.locator("summary").click()
        decision.locator("textarea").fill("seen on the page")
        decision.locator("button").click()
        inside(page, f"Batch {blocked.on_page}").locator("header .pill", has_text="rejected").wait_for()
        # nothing has to run for it: the page itself has answered
        assert settled(up, blocked.on_page) == ("admin", ["Reject"], "seen on the page")
        assert decided(up, blocked.on_page) == ("success", "skipped")
        assert f"batch_{blocked.on_page}" not in open_questions(up)
    assert latest_action(up, blocked.on_page)[1:] == ("reject_batch", "seen on the page")


def test_the_other_answers_hold_and_the_live_dag_goes_on(up: Installation, blocked: Blocked) -> None:
    assert decided(up, blocked.rejected) == ("success", "success")
    assert latest_action(up, blocked.rejected) == ("admin", "reject_batch", "no such ship")

    # decided on the command line: the next run of monitor settles the question as it was decided
    assert up.ended(MONITOR, blocked.next_monitor_run) == ("success", {"evaluate": "success"})
    assert settled(up, blocked.elsewhere) == ("Ann", ["Approve"], "on the command line")
    assert decided(up, blocked.elsewhere) == ("success", "skipped")
    assert "was dealt with while the question was open by Ann" in up.log(REVIEW, f"batch_{blocked.elsewhere}")
    assert latest_action(up, blocked.elsewhere) == ("Ann", "release_batch", "on the command line")

    assert decided(up, blocked.noteless) == ("failed", "failed")
    assert "was approved by admin without a note" in up.log(REVIEW, f"batch_{blocked.noteless}")
    assert rows(up.runtime, f"SELECT state FROM staging.batches WHERE batch_id = {blocked.noteless}") == [("blocked",)]

    assert decided(up, blocked.unanswered) == ("success", "success")
    nobody = ("DAG review_batch", "reject_batch", "nobody answered within 72 hours")
    assert latest_action(up, blocked.unanswered) == nobody
    mine = {number: reason for number, reason in quarantined(up.runtime).items() if number in (11, 12, 13, 14)}
    assert mine == {11: "rejected_batch", 13: "rejected_batch"}

    state, tasks = up.ended(LIVE, blocked.next_live_run)
    assert (state, tasks["ask_review"]) == ("success", "skipped"), tasks  # nobody is asked twice


@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_desk_and_phone_without_a_complaint_of_the_browser(
    up: Installation, chrome: Browser, session: Any, blocked: Blocked, theme: str
) -> None:
    for size, viewport in (("desk", DESK), ("phone", PHONE)):
        with window(chrome, up, session, viewport=viewport, color_scheme=theme) as page:
            complaints: list[str] = []
            page.on("console", lambda said, found=complaints: found.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error, found=complaints: found.append(str(error)))
            for path in (*OURS, f"/batches/{blocked.noteless}", f"/runs/{first_run(up)[1]}", an_entry(up)):
                page.goto(f"{up.url}/killmart/quality{path}")
                page.locator("h1").wait_for()
                wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wider <= 0, f"{path} is {wider} px wider than a {size}"
                assert page.evaluate("document.documentElement.className") == theme
                if (size, theme, path) == ("phone", "light", ""):
                    screenshot(page, "pages-overview-phone")
            assert complaints == []
    if browser.takes_screenshots:
        take_pictures(up, chrome, session, theme)


@needs_chromium
def test_a_person_finds_the_charts_of_an_alliance_and_takes_one_away(
    up: Installation, chrome: Browser, session: Any
) -> None:
    wage_war(up.runtime)
    for theme in ("light", "dark"):
        with window(chrome, up, session, color_scheme=theme) as page:
            page.goto(up.url)
            page.get_by_role("link", name="Charts", exact=True).click()
            frame = inside(page, "All systems")
            frame.locator("input[name=q]").fill(ALLIANCES[0])
            frame.locator("form[role=search] button").click()
            inside(page, "Whom do you mean?").locator("tr", has_text="alliance").get_by_role("link").click()
            inside(page, ALLIANCES[0]).locator("nav.spans").get_by_text("90 d").click()
            frame.locator("nav.spans a[aria-current]", has_text="90 d").wait_for()
            screenshot(page, f"pages-charts-{theme}")
            chart = frame.locator("#activity .downloads")
            for kind, ending in (("CSV", ".csv"), ("dark", ".svg"), ("PNG", ".png")):
                with page.expect_download() as found:
                    if kind == "PNG":
                        chart.locator("span", has_text="PNG").get_by_text("dark").click()
                    else:
                        chart.get_by_text(kind).first.click()
                assert found.value.suggested_filename.endswith(ending)
    with window(chrome, up, session, viewport=PHONE, color_scheme="light") as page:
        page.goto(f"{up.url}/killmart/charts/alliance/{FIRST_ALLIANCE}?span=90d")
        page.locator("#activity svg").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screenshot(page, "pages-charts-phone")


@needs_chromium
def test_a_report_can_be_kept_from_within_airflow(up: Installation, chrome: Browser, session: Any) -> None:
    with window(chrome, up, session) as page:
        page.goto(up.url)
        page.get_by_role("link", name="Data quality").click()
        links = inside(page, "Data quality").locator(".downloads")
        for kind in ("JSON", "HTML"):
            with page.expect_download() as found:
                links.get_by_text(kind, exact=True).click()
            assert found.value.suggested_filename.endswith(f".{kind.lower()}")


@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_with_the_network_cut_off_the_pages_look_the_same(
    up: Installation, chrome: Browser, session: Any, blocked: Blocked, theme: str
) -> None:
    looks = []
    for is_cut in (False, True):
        with window(chrome, up, session, is_cut=is_cut, color_scheme=theme) as page:
            looks.append([look(up, page, path) for path in (f"{PAGES}/coverage", f"{PAGES}/batches/{blocked.live}")])
    assert looks[0] == looks[1]
    assert looks[0][0] != looks[0][1]


@contextmanager
def window(
    chrome: Browser, up: Installation, session: Any = None, is_cut: bool = False, **options: Any
) -> Iterator[Page]:
    """A window of its own; at its end no request may have gone to another host. `is_cut` lets none through either."""
    context: BrowserContext = chrome.new_context(**{"viewport": DESK, "storage_state": session} | options)
    context.set_default_timeout(browser.STEP_MS)
    own, asked = urlsplit(up.url).netloc, set[str]()
    context.on("request", lambda request: asked.add(urlsplit(request.url).netloc or own))  # data: has no host
    if is_cut:
        context.route(lambda url: urlsplit(url).netloc != own, lambda route: route.abort("internetdisconnected"))
    yield context.new_page()
    context.close()
    assert asked == {own}


def take_pictures(up: Installation, chrome: Browser, session: Any, theme: str) -> None:
    """Renew the pictures in docs/ that show our pages inside Airflow's in this theme."""
    run_tab = f"/dags/{LIVE}/runs/{first_run(up)[0]}/{RUN_TAB}"
    wanted = {
        "light": {"overview": PAGES, "run": run_tab, "coverage": f"{PAGES}/coverage"},
        "dark": {"overview": PAGES, "quarantine": f"{PAGES}/quarantine"},
    }
    with window(chrome, up, session, color_scheme=theme) as page:
        for name, path in wanted[theme].items():
            page.goto(f"{up.url}{path}")
            page.frame_locator("iframe").locator("h1").wait_for()
            screenshot(page, f"pages-{name}-{theme}")


def inside(page: Page, title: str) -> FrameLocator:
    """Our page inside Airflow's, once it has this title."""
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name=title, exact=True).wait_for()
    return frame


def state_of(page: Page, batch_id: int) -> str:
    """What the batch's page inside Airflow says of its state."""
    return inside(page, f"Batch {batch_id}").locator("header .pill").inner_text()


def look(up: Installation, page: Page, path: str) -> bytes:
    """What our page looks like inside Airflow's."""
    page.goto(f"{up.url}{path}")
    page.frame_locator("iframe").locator("main").wait_for()
    looks = [b""]

    def is_settled() -> bool:
        looks.append(page.locator("iframe").screenshot(animations="disabled"))
        return looks[-1] == looks[-2]

    wait_for(is_settled, f"{path} to come to rest")
    return looks[-1]


def first_run(up: Installation) -> tuple[str, int]:
    """The run of killmails_live that has brought the demo's killmails, and its validation run."""
    query = "SELECT dag_run_id, run_id FROM quality.validation_runs WHERE dag_id = :dag_id ORDER BY run_id LIMIT 1"
    dag_run, run_id = rows(up.runtime, query, dag_id=LIVE)[0]
    return dag_run, run_id


def an_entry(up: Installation) -> str:
    """The address of an entry in quarantine."""
    return f"/quarantine/{rows(up.runtime, 'SELECT min(quarantine_id) FROM quality.quarantine')[0][0]}"


def block_live(up: Installation) -> tuple[str, int]:
    """Let a run of killmails_live build a batch that does not add up; the run and the batch."""
    run(up.runtime, BREAK)
    stage(up.runtime, [ref(kill(1))])
    up.ended(LIVE, up.trigger(LIVE, {}))
    query = "SELECT dag_run_id, batch_id FROM staging.killmails INNER JOIN staging.batches USING (batch_id)"
    [(run_id, batch_id)] = rows(up.runtime, f"{query} WHERE killmail_id = 1")  # a scheduled run may have been first
    state, tasks = up.ended(LIVE, run_id)
    run(up.runtime, "DROP TRIGGER miscount ON staging.batches")
    assert (state, tasks["validate"], tasks["promote"]) == ("failed", "failed", "upstream_failed")
    assert tasks["find_blocked"] == "success"
    return run_id, batch_id


def ask_path(batch_id: int) -> str:
    return f"dags/{REVIEW}/dagRuns/batch_{batch_id}/taskInstances/ask/-1/hitlDetails"


def is_asked(up: Installation, batch_id: int) -> bool:
    """Whether the question about a batch waits for an answer; also that it says what a person has to know."""
    if f"batch_{batch_id}" not in {found["dag_run_id"] for found in up.runs(REVIEW)}:
        return False
    if task_state(up, batch_id, "ask") != "awaiting_input":
        return False
    question = up.call("GET", ask_path(batch_id))
    assert question["subject"].startswith(f"Batch {batch_id} of ")
    for part in ("_up` on `kills_fact`", f"{PAGES}/batches/{batch_id}", "critical"):
        assert part in question["body"]
    assert question["params"].keys() == {"note"}
    return True


def task_state(up: Installation, batch_id: int, task_id: str) -> str | None:
    """The state of a task of the run that asks about a batch; None before it has any."""
    tasks = up.call("GET", f"dags/{REVIEW}/dagRuns/batch_{batch_id}/taskInstances")["task_instances"]
    states: dict[str, str | None] = {task["task_id"]: task["state"] for task in tasks}
    return states[task_id]


def decided(up: Installation, batch_id: int) -> tuple[str, str]:
    """State in which the run that asks about a batch ended, and that of its decision, where its question has closed."""
    run_state, tasks = up.ended(REVIEW, f"batch_{batch_id}")
    assert tasks["ask"] == "success"
    return run_state, tasks["decide"]


def settled(up: Installation, batch_id: int) -> tuple[str, list[str], str] | None:
    """Who answered the question about a batch, what, and why; None while it is open."""
    question = up.call("GET", ask_path(batch_id))
    if not question["response_received"]:
        return None
    return question["responded_by_user"]["name"], question["chosen_options"], question["params_input"]["note"]


def open_questions(up: Installation) -> set[str]:
    """The runs whose questions wait under Required Actions."""
    found = up.call("GET", f"dags/{REVIEW}/dagRuns/~/hitlDetails?response_received=false&limit=100")
    return {question["task_instance"]["dag_run_id"] for question in found["hitl_details"]}


def let_time_pass(up: Installation, batch_id: int) -> None:
    """Let the time be over in which the question about a batch can be answered."""
    engine = build_engine(database_url(EmbeddedPostgres(up.home).connection("airflow")))
    with engine.begin() as connection:
        statement = "UPDATE task_instance SET trigger_timeout = now() - interval '1 minute'"
        where = "WHERE dag_id = 'review_batch' AND task_id = 'ask' AND run_id = :run_id"
        connection.execute(text(f"{statement} {where}"), {"run_id": f"batch_{batch_id}"})
    engine.dispose()


def latest_action(up: Installation, batch_id: int) -> tuple[Any, ...]:
    query = "SELECT actor, action, note FROM quality.actions WHERE batch_id = :id ORDER BY action_id DESC LIMIT 1"
    return rows(up.runtime, query, id=batch_id)[0]
