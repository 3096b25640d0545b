"""Who may ask the API: by Airflow's login or by its own token, which opens nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from msgspec.structs import replace as with_settings

from killmart.config.connections import Connection
from killmart.config.settings import load_settings
from killmart.errors import ConfigurationError
from killmart.runtime import Runtime
from killmart.web.access import Access
from killmart.web.api.app import API
from killmart.web.app import create_app
from killmart.web.frame.headers import SAFE_HEADERS
from support.serving import READER, client, identify, make_app, served

TOKEN = "a-token-of-the-tests-!~"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
WRONG: list[dict[str, Any]] = [
    {},
    {"Authorization": TOKEN},
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": "Bearer \xe9".encode("latin-1")},
]


@contextmanager
def program(runtime: Runtime, **settings: str) -> Iterator[httpx.Client]:
    """A client without a login, of an installation with these settings."""
    runtime = replace(runtime, settings=with_settings(runtime.settings, **settings))
    with served(make_app(runtime)) as url, client(url, None) as one:
        yield one


def test_the_token_opens_the_api_and_its_description(runtime: Runtime) -> None:
    with program(runtime, api_token=TOKEN) as asking:
        for path in ("/coverage", "/openapi.json", "/killmails", "/entities/search?q=ab"):
            assert asking.get(API + path, headers=BEARER).status_code == 200, path
        assert asking.get(f"{API}/coverage", headers={"authorization": f"bearer  {TOKEN}"}).status_code == 200
        missing = asking.get(f"{API}/killmails/1", headers=BEARER)
        assert (missing.status_code, missing.json()) == (404, {"detail": "The warehouse has no killmail 1."})
        for name in SAFE_HEADERS:
            assert name in missing.headers, name


@pytest.mark.parametrize("token", [TOKEN, ""])
def test_nobody_else_gets_in(runtime: Runtime, token: str) -> None:
    with program(runtime, api_token=token) as stranger:
        for headers in WRONG if token else [*WRONG, BEARER]:
            for path in ("/coverage", "/killmails/x", "/openapi.json", "/nowhere"):
                answer = stranger.get(API + path, headers=headers)
                assert answer.status_code == 401, (path, headers)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert list(answer.json()) == ["detail"]
                assert "KILLMART_API_TOKEN" in answer.json()["detail"]
                assert TOKEN not in answer.text


def test_the_token_opens_nothing_else_and_no_other_token_opens_the_api(runtime: Runtime) -> None:
    with program(runtime, api_token=TOKEN, metrics_token="another-token-of-the-tests") as asking:
        for path in (
            "/quality",
            "/pipeline",
            "/metrics",
            "/static/frame.css",
            f"{API}/../../quality",
            f"/x{API}/coverage",
        ):
            assert asking.get(path, headers=BEARER).status_code == 401, path
        metrics = {"Authorization": "Bearer another-token-of-the-tests"}
        assert asking.get(f"{API}/coverage", headers=metrics).status_code == 401


def test_a_login_reads_it_and_a_stranger_does_not(blank: str) -> None:
    with client(blank + API, READER) as rita, client(blank + API, "nobody") as stranger:
        assert rita.get("/coverage").status_code == 200
        described = rita.get("/openapi.json").json()
        assert described["servers"] == [{"url": f"/killmart{API}"}]
        assert described["security"] == [{"token": []}]
        assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
        refused = stranger.get("/coverage")
        assert (refused.status_code, list(refused.json())) == (403, ["detail"])


def test_a_warehouse_that_is_away_is_a_sentence(runtime: Runtime) -> None:
    gone = Connection("warehouse", "postgres", "127.0.0.1", "nobody", "hidden-word", "nothing", 1)
    with program(replace(runtime, find_connection=lambda name: gone), api_token=TOKEN) as asking:
        answer = asking.get(f"{API}/coverage", headers=BEARER)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["detail"]
    assert "hidden-word" not in answer.text


def test_one_failure_is_told_in_three_forms(runtime: Runtime) -> None:
    gone = Connection("warehouse", "postgres", "127.0.0.1", "nobody", "hidden-word", "nothing", 1)
    away = replace(runtime, find_connection=lambda name: gone)
    with served(make_app(away)) as url, client(url, READER) as rita:
        answers = [rita.get(path) for path in ("/quality/runs", f"{API}/coverage", "/metrics")]
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers]
    assert kinds == ["text/html", "application/json", "text/plain"]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "The warehouse (connection “warehouse”) cannot be reached." in answer.text
        assert "hidden-word" not in answer.text


def test_what_is_wrong_with_the_settings_is_told_to_people_who_log_in_alone() -> None:
    def refuse() -> Runtime:
        raise ConfigurationError("KILLMART_PORT='x' is refused")

    root = FastAPI()
    root.mount("/killmart", create_app(refuse, Access(identify, "login", "secret")))
    with served(root) as url, client(url, READER) as rita:
        assert "KILLMART_PORT" in rita.get("/quality/runs").text
        for path in (f"{API}/coverage", "/metrics"):
            answer = rita.get(path)
            assert answer.status_code == 503
            assert "KILLMART_PORT" not in answer.text


def test_a_query_that_takes_too_long_is_given_up(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("killmart.web.threads.PAGE_SECONDS", 1.2)
    with runtime.engine.begin() as connection, program(runtime, api_token=TOKEN) as asking:
        connection.exec_driver_sql("LOCK TABLE quality.day_coverage IN ACCESS EXCLUSIVE MODE")
        answer = asking.get(f"{API}/coverage", headers=BEARER)
    assert answer.status_code == 503
    assert "too long" in answer.json()["detail"]


def test_bad_settings_leave_it_closed() -> None:
    def refuse() -> Runtime:
        raise ConfigurationError("KILLMART_PORT='x' is refused")

    def nobody() -> None:
        raise HTTPException(401)

    root = FastAPI()
    root.mount("/killmart", create_app(refuse, Access(nobody, "login", "secret")))
    with served(root) as url, client(url, None) as stranger:
        assert stranger.get(f"{API}/coverage", headers=BEARER).status_code == 401


def test_the_token_is_never_shown() -> None:
    settings = load_settings({"KILLMART_API_TOKEN": TOKEN})
    assert settings.api_token == TOKEN
    assert TOKEN not in repr(settings)
    for bad in ("too-short", "has a blank in its middle", "sécret-sécret-sécret"):
        with pytest.raises(ConfigurationError, match="KILLMART_API_TOKEN") as refused:
            load_settings({"KILLMART_API_TOKEN": bad})
        assert bad not in str(refused.value)
