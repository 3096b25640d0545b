"""Nothing without the login, nothing changed without the permission and a form of our own."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from killmart.runtime import Runtime
from killmart.web import access
from killmart.web.access import Access, Person
from killmart.web.frame.headers import SAFE_HEADERS
from support.serving import ACTOR, LOGIN, OTHER, READER, SECRET, client, form_token, identify, routes


def test_nothing_is_answered_without_login(runtime: Runtime, blank: str) -> None:
    asked = set(routes(runtime))
    assert len(asked) > 25
    with client(blank, None) as nobody, client(blank, "nobody") as stranger:
        for method, path in sorted(asked):
            assert nobody.request(method, path).status_code == 401, (method, path)
            assert stranger.request(method, path).status_code == 403, (method, path)
        for query in ("?download=json", "?download=html"):
            assert nobody.get(f"/quality{query}").status_code == 401
        page = nobody.get("/quality")
        assert "Please log in" in page.text
        assert "<script" not in page.text


def test_every_answer_carries_the_safe_headers(blank: str, visitor: httpx.Client) -> None:
    with client(blank, None) as nobody:
        answers = [visitor.get(path) for path in ("/quality", "/static/theme.js", "/quality/runs/9", "/nowhere")]
        for answer in [*answers, nobody.get("/quality")]:
            missing = set(SAFE_HEADERS) - set(answer.headers.keys()) - {"Cache-Control", "Content-Security-Policy"}
            assert not {name for name in missing if name.lower() not in answer.headers}
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
    assert visitor.get("/quality").headers["cache-control"] == "private, no-store"


def test_pages_name_no_other_host(visitor: httpx.Client) -> None:
    for path in ("/quality", "/quality/coverage", "/static/frame.css", "/static/theme.js"):
        found = re.findall(r"(?:https?:)?//[\w.]+", visitor.get(path).text)
        assert all(name.startswith("//") for name in found), found
        assert not re.findall(r"""(?:src|href)=["'](?!/killmart/)""", visitor.get(path).text)


POST = "/quality/batches/77/release"


@pytest.mark.parametrize(
    ("who", "fields", "headers", "said"),
    [
        (READER, {"csrf": "own"}, {}, "permission to trigger the DAG review_batch"),
        (ACTOR, {}, {}, "not made for you"),
        (ACTOR, {"csrf": "rubbish"}, {}, "not made for you"),
        (ACTOR, {"csrf": form_token(None, person=OTHER)}, {}, "not made for you"),
        (ACTOR, {"csrf": form_token(None, secret="another")}, {}, "not made for you"),
        (ACTOR, {"csrf": "own"}, {"Origin": "https://evil.example"}, "another web site"),
        (ACTOR, {"csrf": "own"}, {"Origin": "null"}, "another web site"),
        (ACTOR, {"csrf": "own"}, {"Sec-Fetch-Site": "cross-site"}, "another web site"),
        (ACTOR, {"csrf": "own"}, {"Sec-Fetch-Site": "same-site"}, "another web site"),
    ],
)
def test_a_form_of_others_does_nothing(
    blank: str, who: str, fields: dict[str, str], headers: dict[str, str], said: str
) -> None:
    with client(blank, who) as browser:
        own = {"csrf": form_token(browser, person=who)} if fields.get("csrf") == "own" else {}
        answer = browser.post(POST, data={"note": "because", **fields, **own}, headers=headers)
    assert answer.status_code == 403
    assert said in answer.text
    assert "nothing was done" in answer.text


def test_an_own_form_gets_through(blank: str, visitor: httpx.Client) -> None:
    host = blank.removesuffix("/killmart")
    answer = visitor.post(
        POST,
        data={"note": "because", "csrf": form_token(visitor)},
        headers={"Origin": host, "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 409  # there is no such batch, which the stage says
    assert "77" in answer.text


def test_a_form_is_good_for_half_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = Person(ACTOR, ACTOR, True)
    keeper = Access(identify, LOGIN, SECRET)
    token = keeper.form_token(anna)
    request: Any = SimpleNamespace(headers={})
    keeper.check_form(request, anna, token)
    monkeypatch.setattr(access, "FORM_SECONDS", -1)
    with pytest.raises(Exception, match="open for too long"):
        keeper.check_form(request, anna, token)


def test_the_configured_address_counts_as_own_behind_a_proxy() -> None:
    anna = Person(ACTOR, ACTOR, True)
    scope = {"type": "http", "headers": [(b"origin", b"https://kills.example"), (b"host", b"127.0.0.1:8080")]}
    keeper = Access(identify, LOGIN, SECRET)
    with pytest.raises(Exception, match="another web site"):
        keeper.check_form(Request(scope), anna, keeper.form_token(anna))
    proxied = Access(identify, LOGIN, SECRET, origins=frozenset({"https://kills.example"}))
    proxied.check_form(Request(scope), anna, proxied.form_token(anna))


def test_forms_are_shown_to_those_who_may_act(full_site: str) -> None:
    with client(full_site) as anna, client(full_site, READER) as rita:
        for page in ("/quality/batches/500", "/quality/quarantine/3", "/quality/quarantine"):
            assert 'method="post"' in anna.get(page).text
            answer = rita.get(page)
            assert answer.status_code == 200
            assert 'method="post"' not in answer.text
            assert 'method="post"' not in anna.get(page, params={"download": "html"}).text
