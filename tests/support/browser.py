"""A real browser on an installation: Debian's chromium, driven by playwright and logged in to Airflow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from killmart.config.settings import PROJECT
from killmart_stack.airflow_env import USER
from support.serving import ACTOR, LOGIN
from support.stack_installation import Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
STEP_MS = 60_000
"""How long one click or fill may take on a busy machine."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="There is no chromium here (apt-get install chromium).")
takes_screenshots = os.environ.get("KILLMART_SCREENSHOTS") == "1"
"""Only then are the pictures in docs/ written, so that a usual run changes no tracked file."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def reader(browser: Browser, address: str, **options: Any) -> BrowserContext:
    """A window of Anna's, who is logged in to the pages at `address`; its steps may take long on a busy machine."""
    context = browser.new_context(**options)
    context.set_default_timeout(STEP_MS)
    context.add_cookies([{"name": LOGIN, "value": quote(ACTOR), "url": address}])
    return context


def log_in(page: Page, installation: Installation, path: str) -> None:
    """Open a page of Airflow's and fill the login form that it asks for; ends where the path leads."""
    page.set_default_timeout(STEP_MS)
    page.goto(f"{installation.url}{path}")
    page.fill("input[name=username]", USER)
    page.fill("input[name=password]", installation.password)
    page.click("button[type=submit]")


def screenshot(page: Page, name: str, **options: Any) -> None:
    """Keep what the page shows as `docs/<name>.png`, where screenshots are wanted."""
    if takes_screenshots:
        page.wait_for_timeout(1000)  # for the looks: what slides or fades in has arrived
        page.screenshot(path=PROJECT / "docs" / f"{name}.png", **options)
