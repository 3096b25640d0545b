"""An upstream that has moved is named with its new host; one that answers something else is named with what came."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from killmart.config.settings import Settings
from killmart.errors import KillmartError, UpstreamError
from killmart.load.fetch import fetch
from killmart.model.ref import Cursor
from killmart.sources import sde
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.market import MarketPrices, is_prices
from killmart.sources.names import Lookups
from killmart.sources.r2z2 import R2Z2
from killmart.sources.redisq import RedisQ
from killmart.sources.transport.session import FOREVER, Cache, build_session
from support.installation import Installation, killmails, stage_refs
from support.scripted import Answer, Handler, Request, scripted

DAY = date(2026, 11, 17)
HASH = "ab" * 20


class NoPauses:
    """Nobody wants quiet."""

    def seconds(self, services: object) -> float:
        return 0.0

    def pause(self, service: str, seconds: float, reason: str) -> None:
        """Forget it."""

    def answered(self, services: object) -> None:
        """Forget it."""


Ask = Callable[[str, Path], object]


def session(service: str, url: str) -> object:
    return build_session(service, url, per_second=1000)


def prices(url: str, folder: Path) -> MarketPrices:
    caching = build_session("esi", url, cache=Cache(folder / "esi.sqlite", FOREVER, is_prices))
    return MarketPrices(caching, url, NoPauses())


def redisq(url: str) -> RedisQ:
    return RedisQ(build_session("redisq", url), url, Settings())


UPSTREAMS: dict[str, tuple[str, Ask]] = {
    "R2Z2": ("r2z2", lambda url, _: list(R2Z2(session("r2z2", url), url, Settings(r2z2_pause=0)).steps(Cursor("7")))),  # type: ignore[arg-type]
    "RedisQ": ("redisq", lambda url, _: list(redisq(url).steps(Cursor(None, "me")))),
    "history": ("r2z2", lambda url, _: History(session("r2z2", url), url).day_list(DAY)),  # type: ignore[arg-type]
    "EVE Ref": ("everef", lambda url, folder: EveRef(session("everef", url), url, folder).archive(DAY)),  # type: ignore[arg-type]
    "market": ("everef", lambda url, folder: EveRef(session("everef", url), url, folder).market_history(DAY)),  # type: ignore[arg-type]
    "totals": ("everef", lambda url, folder: EveRef(session("everef", url), url, folder).totals()),  # type: ignore[arg-type]
    "names": ("esi", lambda url, _: list(Lookups(session("esi", url), url, NoPauses()).names([1], lambda _: False))),  # type: ignore[arg-type]
    "prices": ("esi", lambda url, folder: prices(url, folder).today(DAY)),
    "build": ("sde", lambda url, _: sde.Sde(session("sde", url), url).latest()),  # type: ignore[arg-type]
    "zip": ("sde", lambda url, folder: sde.Sde(session("sde", url), url).download(folder / "sde.zip")),  # type: ignore[arg-type]
}


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_host_that_has_moved_is_named_with_the_connection_to_change(
    upstream: str, status: int, tmp_path: Path
) -> None:
    connection, ask = UPSTREAMS[upstream]

    def answer(request: Request, _: Handler) -> Answer:
        return status, b"", {"Location": f"https://user:secret@moved.example:8443{request.path}"}

    with scripted(answer) as server, pytest.raises(UpstreamError) as refusal:
        ask(server.url, tmp_path)
    said = str(refusal.value)
    assert f"answered {status} and leads to another host (moved.example:8443)" in said
    assert f"change the connection {connection} " in said
    assert f"AIRFLOW_CONN_{connection.upper()}" in said
    assert "secret" not in said
    assert len(server.requests) <= 6


def test_a_killmails_error_names_the_new_host_of_esi(installation: Installation) -> None:
    with scripted(lambda request, _: (308, b"", {"Location": "https://moved.example/x"})) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, retry_seconds=600)
        stage_refs(runtime, {1: HASH})
        fetch(runtime)
        error = killmails(runtime)[1].error
    assert "ESI answered 308 and leads to another host (moved.example), " in error
    assert "AIRFLOW_CONN_ESI" in error


def test_a_redirect_within_the_host_is_told_by_its_status(tmp_path: Path) -> None:
    def to_https(request: Request, _: Handler) -> Answer:
        return 301, b"", {"Location": f"https://{request.headers['Host']}{request.path}"}

    with (
        scripted(to_https) as server,
        pytest.raises(UpstreamError, match=r"another address \(https://127\.0\.0\.1:\d+\)"),
    ):
        UPSTREAMS["history"][1](server.url, tmp_path)
    with (
        scripted(lambda request, _: (301, b"", {"Location": "/elsewhere"})) as server,
        pytest.raises(UpstreamError, match=r"it answered 301\)"),
    ):
        UPSTREAMS["history"][1](server.url, tmp_path)


HTML = b"<html><title>Just a moment...</title></html>"


@pytest.mark.parametrize("upstream", ["history", "EVE Ref", "market", "totals", "prices", "build", "zip"])
def test_what_is_something_else_is_told_by_what_came(upstream: str, tmp_path: Path) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "ETag": '"1"'}
    with scripted(lambda request, _: (200, HTML, headers)) as server, pytest.raises(KillmartError) as refusal:
        UPSTREAMS[upstream][1](server.url, tmp_path)
    said = str(refusal.value)
    assert f"answered 200 with {len(HTML)} bytes of text/html, beginning with b'<html><title>Just a moment" in said
    assert "cannot be reached" not in said
    with suppress(FileNotFoundError):
        assert not (tmp_path / "sde.zip").exists()
