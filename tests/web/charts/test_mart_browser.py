"""The charts in a browser: light and dark, on a desk and on a phone; names are suggested, pictures are taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from killmart_stack.postgres import EmbeddedPostgres
from support.browser import STEP_MS, chromium, needs_chromium, reader
from support.databases import shared_warehouse
from support.mart_filling import FIRST_ALLIANCE, FIRST_CORPORATION, wage_war
from support.serving import make_app, served
from support.stack_installation import wait_for

PATHS = (
    "/charts",
    f"/charts/alliance/{FIRST_ALLIANCE}?span=90d",
    f"/charts/corporation/{FIRST_CORPORATION + 4}",
    "/charts?q=mistral",
    "/charts/battles",
)


SUGGESTED = "[...document.querySelectorAll('datalist option')].map(one => one.value)"


@pytest.fixture(scope="module")
def address(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Address of the pages on the war."""
    with shared_warehouse(postgres, "mart_browser") as runtime:
        wage_war(runtime)
        with served(make_app(runtime)) as url:
            yield url


@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_every_page_fits_without_a_complaint(address: str, theme: str, width: int) -> None:
    with chromium() as browser:
        context = reader(browser, address, color_scheme=theme, viewport={"width": width, "height": 900})
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        for path in PATHS:
            page.goto(address + path)
            page.locator("h1").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
        assert problems == []


@needs_chromium
def test_a_person_finds_an_alliance_and_takes_its_pictures_away(address: str, tmp_path: Path) -> None:
    with chromium() as browser:
        context = reader(browser, address, accept_downloads=True)
        page = context.new_page()
        page.goto(f"{address}/charts")
        page.locator("input[name=q]").press_sequentially("iron")
        # those for less of the name may come before
        wait_for(lambda: page.evaluate(SUGGESTED) == ["Iron Meridian"], "the one suggestion", STEP_MS / 1000)
        page.press("input[name=q]", "Enter")
        page.get_by_role("heading", name="Iron Meridian").wait_for()
        page.click("nav.spans >> text=90 d")
        card = page.locator("#activity")
        for group, name, begins in (
            ("SVG", "dark", b"<?xml"),
            ("PNG", "dark", b"\x89PNG"),
            ("PNG", "light", b"\x89PNG"),
        ):
            with page.expect_download() as found:
                card.locator(".downloads span", has_text=group).get_by_text(name).click()
            file = tmp_path / found.value.suggested_filename
            found.value.save_as(file)
            assert file.read_bytes().startswith(begins)
            assert file.name.startswith("killmart-alliance-Iron-Meridian-")
        with page.expect_download() as found:
            card.get_by_text("CSV").click()
        assert found.value.suggested_filename.endswith("-activity.csv")


@needs_chromium
def test_without_scripts_all_but_suggestions_works(address: str) -> None:
    with chromium() as browser:
        context = reader(browser, address, java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}/charts")
        page.fill("input[name=q]", "mistral concord")
        page.click("form[role=search] button")
        page.get_by_role("heading", name="Whom do you mean?", exact=True).wait_for()
        page.click("td >> text=Mistral Concord")
        page.fill("input[name=first]", "2026-01-01")
        page.click(".ranges button")
        page.wait_for_url("**first=2026-01-01**")
        page.locator("#activity svg.columns-chart").wait_for()  # one: several are an error
        with page.expect_download() as found:
            page.locator("#activity .downloads span", has_text="PNG").get_by_text("light").click()
        assert found.value.suggested_filename.endswith("-activity-light.png")
