"""The Pipeline page in a browser: light and dark, on a desk and on a phone. The pictures in docs/ are taken here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from killmart.config.settings import PROJECT
from killmart_stack.postgres import EmbeddedPostgres
from support.browser import chromium, needs_chromium, reader, takes_screenshots
from support.databases import shared_warehouse
from support.pipeline_filling import fill_month
from support.serving import make_app, served


@pytest.fixture(scope="module")
def address(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Address of the pages on a month of a pipeline at work."""
    with shared_warehouse(postgres, "pipeline_browser") as runtime:
        fill_month(runtime)
        with served(make_app(runtime)) as url:
            yield url


@needs_chromium
def test_the_page_is_whole_in_light_and_dark_on_a_desk_and_on_a_phone(address: str) -> None:
    with chromium() as browser:
        for theme in ("light", "dark"):
            for width in (1400, 390):
                context = reader(browser, address, color_scheme=theme, viewport={"width": width, "height": 1130})
                page = context.new_page()
                problems: list[str] = []
                page.on("pageerror", lambda error, problems=problems: problems.append(str(error)))
                page.goto(f"{address}/pipeline")
                assert page.locator("h1").inner_text() == "Pipeline"
                assert page.locator("svg.lines").count() >= 8
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (theme, width)
                assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
                if takes_screenshots and width == 1400:
                    page.screenshot(path=PROJECT / "docs" / f"pages-pipeline-{theme}.png")
                page.click("nav.spans >> text=7 d")
                page.locator("nav.spans a[aria-current]", has_text="7 d").wait_for()
                page.click("text=Runbook: error_rate")
                page.locator("#error_rate").wait_for()
                assert problems == []
                context.close()
