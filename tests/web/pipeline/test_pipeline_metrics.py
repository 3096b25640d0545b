"""Prometheus' text: closed by default, open to the token or a login, and its own parser reads what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from msgspec.structs import replace as with_settings
from prometheus_client.parser import text_string_to_metric_families

from killmart.config.connections import Connection
from killmart.config.settings import load_settings
from killmart.errors import ConfigurationError
from killmart.runtime import Runtime
from killmart.web.access import Access
from killmart.web.app import create_app
from support.pipeline import rows
from support.pipeline_filling import fill_month
from support.serving import READER, client, make_app, served

TOKEN = "a-token-of-the-tests-!~"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def with_token(runtime: Runtime, token: str = TOKEN) -> Runtime:
    """The same installation with KILLMART_METRICS_TOKEN set."""
    return replace(runtime, settings=with_settings(runtime.settings, metrics_token=token))


@contextmanager
def scraper(runtime: Runtime) -> Iterator[httpx.Client]:
    """A client without a login."""
    with served(make_app(runtime)) as url, client(url, None) as one:
        yield one


def test_the_text_says_what_is_stored(runtime: Runtime) -> None:
    fill_month(runtime)
    with scraper(with_token(runtime)) as prometheus:
        answer = prometheus.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "private, no-store"
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    told = {
        (one.labels["service"], one.labels["route"], int(one.labels["status"])): one.value
        for one in families["killmart_http_requests"].samples
        if one.name.endswith("_total")
    }
    stored = "SELECT service, route, status, sum(requests) FROM ops.request_stats GROUP BY 1, 2, 3"
    assert told == {row[:3]: float(row[3]) for row in rows(runtime, stored)}
    assert families["killmart_http_request_seconds"].type == "histogram"
    opened = {one.labels["rule"]: one.value for one in families["killmart_alert_open"].samples}
    assert (opened["error_rate"], opened["disk"]) == (1, 0)


def test_a_login_reads_it_too(runtime: Runtime) -> None:
    with served(make_app(runtime)) as url, client(url, READER) as rita:
        assert "killmart_alert_open" in rita.get("/metrics").text


WRONG: list[dict[str, Any]] = [
    {},
    {"Authorization": TOKEN},
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": "Bearer \xe9".encode("latin-1")},
]


@pytest.mark.parametrize("token", [TOKEN, ""])
def test_nobody_else_gets_in(runtime: Runtime, token: str) -> None:
    with scraper(with_token(runtime, token)) as stranger:
        for headers in WRONG if token else [*WRONG, BEARER]:
            answer = stranger.get("/metrics", headers=headers)
            assert answer.status_code == 401, headers
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "KILLMART_METRICS_TOKEN" in answer.text
            assert "killmart_" not in answer.text
            assert TOKEN not in answer.text


def test_the_token_opens_nothing_but_the_metrics(runtime: Runtime) -> None:
    with scraper(with_token(runtime)) as prometheus:
        assert prometheus.get("/metrics", headers=BEARER).status_code == 200
        assert prometheus.get("/metrics", headers={"authorization": f"bearer  {TOKEN}"}).status_code == 200
        for method, path in (
            ("GET", "/pipeline"),
            ("GET", "/quality"),
            ("GET", "/metrics/"),
            ("GET", "/metrics/../quality"),
            ("GET", "//metrics"),
            ("POST", "/metrics"),
            ("HEAD", "/metrics"),
            ("GET", "/static/frame.css"),
        ):
            assert prometheus.request(method, path, headers=BEARER).status_code == 401, (method, path)


def test_without_a_warehouse_it_says_so_to_who_may_know(runtime: Runtime) -> None:
    gone = Connection("warehouse", "postgres", "127.0.0.1", "nobody", "", "nothing", 1)
    with scraper(with_token(replace(runtime, find_connection=lambda name: gone))) as prometheus:
        assert prometheus.get("/metrics", headers=BEARER).status_code == 503
        assert prometheus.get("/metrics").status_code == 401


def test_bad_settings_leave_it_closed() -> None:
    def refuse() -> Runtime:
        raise ConfigurationError("KILLMART_PORT='x' is refused")

    def nobody() -> None:
        raise HTTPException(401)

    root = FastAPI()
    root.mount("/killmart", create_app(refuse, Access(nobody, "login", "secret")))
    with served(root) as url, client(url, None) as stranger:
        assert stranger.get("/metrics", headers=BEARER).status_code == 401


def test_the_token_is_never_shown() -> None:
    settings = load_settings({"KILLMART_METRICS_TOKEN": TOKEN})
    assert settings.metrics_token == TOKEN
    assert TOKEN not in repr(settings) + str(settings) + f"{Runtime(settings, lambda name: None)}"
    for bad in ("too-short", "has a blank in its middle", "sécret-sécret-sécret", "x" * 15 + "\n"):
        with pytest.raises(ConfigurationError, match="KILLMART_METRICS_TOKEN") as refused:
            load_settings({"KILLMART_METRICS_TOKEN": bad})
        assert bad.strip() not in str(refused.value)
