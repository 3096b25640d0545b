"""docs/api.md has every route with an example that the API understands, and no other."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from killmart.config.settings import PROJECT
from killmart.runtime import Runtime
from killmart.web.api.app import API
from killmart.web.api.mart_models import MARTS
from support.serving import behind_the_door, client

DOCUMENT = (PROJECT / "docs" / "api.md").read_text()
SECTIONS = dict(re.findall(r"^### GET (\S+)\n(.*?)(?=^###? |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
EXAMPLES = [(route, path) for route, text in SECTIONS.items() for path in re.findall(r'curl .*?"\$API(/.+?)"', text)]


def test_every_route_is_documented_with_an_example(runtime: Runtime) -> None:
    _, api = behind_the_door(runtime)
    routes = {route.path for route in api.app.routes} - {"/{path:path}"}
    routes = {"/marts/{table}" if route.startswith("/marts/") else route for route in routes}
    assert routes == set(SECTIONS)
    assert {route for route, _ in EXAMPLES} == routes
    assert set(re.findall(r"`(\w+)`", SECTIONS["/marts/{table}"])) >= set(MARTS)


@pytest.mark.parametrize(("route", "example"), EXAMPLES, ids=[path for _, path in EXAMPLES])
def test_every_example_is_understood(blank: str, route: str, example: str) -> None:
    address = urlsplit(example)
    fixed = [part for part in route.split("/") if not part.startswith("{")]
    assert address.path.split("/")[: len(fixed)] == fixed
    with client(blank + API) as program:
        answer = program.get(address.path, params=parse_qsl(address.query))
    expected = {200, 404} if re.search(r"_id\}|\{day\}", route) else {200}  # nothing is in this warehouse
    assert answer.status_code in expected, answer.text
    assert answer.status_code == 200 or "no such address" not in answer.text


def test_every_parameter_is_documented(runtime: Runtime) -> None:
    _, api = behind_the_door(runtime)
    for path, methods in api.app.openapi()["paths"].items():
        for parameter in methods["get"].get("parameters", []):
            assert re.search(rf"`{parameter['name']}`|\{{{parameter['name']}\}}", DOCUMENT), (path, parameter["name"])
