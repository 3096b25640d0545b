"""What nobody may read in a log or an error: passwords, proxies, the contact address."""

from __future__ import annotations

import json
import logging
import traceback

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.runtime import Runtime, runtime_from_environment
from support.installation import Installation, rows, stage_refs
from support.scripted import Answer, Handler, Request, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
SECRETS = ("hunter2", "s3cret", "proxyhost", "pilot@example.org", "bWU6aHVudGVyMg")


def told_by(runtime: Runtime) -> str:
    """What a drain and a fetch say when they fail, tracebacks and what is on the rows included."""
    told = []
    for stage in (drain, lambda one: fetch(one, seconds=2)):
        try:
            stage(runtime)
        except UpstreamError as error:
            told += traceback.format_exception(error)
    told += [str(row) for row in rows(runtime, "SELECT error FROM staging.killmails")]
    told += [str(row) for row in rows(runtime, "SELECT reason FROM ops.pauses")]
    told += [str(row) for row in rows(runtime, "SELECT route FROM ops.request_stats")]
    return "".join(told)


@pytest.mark.parametrize(
    ("feed", "answered"),
    [("redisq", "well"), ("r2z2", "badly"), ("redisq", "not at all"), ("r2z2", "through a proxy")],
)
def test_no_log_and_no_error_tells_a_secret(
    installation: Installation,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    feed: str,
    answered: str,
) -> None:
    def answer(request: Request, _: Handler) -> Answer:
        if answered == "badly":
            return 403, b""
        if request.path == "/listen.php":
            return 302, b"", {"Location": "/object.php?objectID=null"}
        return (200, {"killmail_id": 1}) if "killmails" in request.path else (404, b"")

    caplog.set_level(logging.DEBUG)
    with scripted(answer) as upstream:
        address = "127.0.0.1:1" if answered == "not at all" else upstream.url.removeprefix("http://")
        environ = installation.environ("http://unused", contact="pilot@example.org", feed=feed, r2z2_start=1)
        environ |= {
            "AIRFLOW_CONN_REDISQ": f"http://me:hunter2@{address}",
            "AIRFLOW_CONN_R2Z2": json.dumps({"conn_type": "http", "host": f"http://me:hunter2@{address}"}),
            "AIRFLOW_CONN_ESI": json.dumps({"conn_type": "http", "host": f"http://me:hunter2@{address}"}),
        }
        if answered == "through a proxy":
            monkeypatch.setenv("HTTP_PROXY", "http://you:s3cret@proxyhost.invalid:3128")
            for name in ("NO_PROXY", "no_proxy", "http_proxy", "all_proxy", "ALL_PROXY"):
                monkeypatch.delenv(name, raising=False)
        runtime = runtime_from_environment(environ)
        stage_refs(runtime, {1: HASH})
        said = told_by(runtime) + caplog.text
        runtime.engine.dispose()
        if answered in ("well", "badly"):
            assert all("pilot@example.org" in request.headers["User-Agent"] for request in upstream.requests)
            assert upstream.requests[-1].headers["Authorization"] == "Basic bWU6aHVudGVyMg=="
    assert "killmail" in said
    assert [secret for secret in SECRETS if secret in said] == []
