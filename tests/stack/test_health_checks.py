"""The program of the compose file's health checks, against servers that are well, broken, silent or gone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from killmart_stack import healthy
from killmart_stack.ports import free_port
from support.servers import handled

WELL = {"metadatabase": {"status": "healthy"}, "triggerer": {"status": "healthy", "latest_triggerer_heartbeat": "now"}}
SICK = WELL | {"metadatabase": {"status": "unhealthy"}, "dag_processor": {"status": None}, "scheduler": None}
ANSWERS: dict[str, tuple[int, Any]] = {
    "/well": (200, WELL),
    "/sick": (200, SICK),
    "/failing": (500, WELL),
    "/unavailable": (503, WELL),
    "/list": (200, [WELL]),
    "/nonsense": (200, None),
}


class Reports(BaseHTTPRequestHandler):
    """What Airflow's health report, or that of its scheduler, may be."""

    def do_GET(self) -> None:
        if self.path == "/silent":
            time.sleep(3)
            return
        status, report = ANSWERS[self.path]
        body = b"<html>" if report is None else json.dumps(report).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.mark.parametrize(
    ("path", "parts", "said"),
    [
        ("/well", [], None),
        ("/nonsense", [], None),  # nobody asked what is in it
        ("/well", ["metadatabase"], None),
        ("/well", ["metadatabase", "triggerer"], None),
        ("/sick", ["metadatabase"], 'metadatabase is not healthy: {"status": "unhealthy"}'),
        ("/sick", ["triggerer", "dag_processor"], 'dag_processor is not healthy: {"status": null}'),
        ("/sick", ["scheduler"], "scheduler is not healthy: null"),
        ("/well", ["scheduler"], "scheduler is not healthy: null"),
        ("/list", ["metadatabase"], "metadatabase is not healthy: null"),
        ("/nonsense", ["metadatabase"], "gives no answer"),
        ("/failing", ["metadatabase"], "answers 500"),
        ("/unavailable", [], "answers 503"),
        ("/silent", [], "gives no answer"),
    ],
)
def test_each_part_is_judged(path: str, parts: list[str], said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthy, "SILENT_SECONDS", 0.5)
    with handled(Reports) as port:
        found = healthy.trouble(f"http://127.0.0.1:{port}{path}", *parts)
    assert (found is None) if said is None else (found is not None and said in found)


def test_the_program_tells_by_its_exit_code_and_in_words(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-IS", healthy.__file__, *arguments]
        proxied = {"http_proxy": "http://127.0.0.1:1"}  # of the user's, for the way out
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=proxied, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    with handled(Reports) as port:
        assert run(f"http://127.0.0.1:{port}/well", "metadatabase") == (0, "healthy")
        code, said = run(f"http://127.0.0.1:{port}/sick", "metadatabase")
        assert (code, said) == (1, 'metadatabase is not healthy: {"status": "unhealthy"}')
    code, said = run(f"http://127.0.0.1:{free_port()}/health")
    assert code == 1
    assert "gives no answer" in said
