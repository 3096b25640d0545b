"""The pages behind a login made for tests, served by uvicorn as they are in production: over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.routing import APIRoute
from starlette.routing import Mount

from killmart.runtime import Runtime
from killmart.web.access import Access, Person
from killmart.web.app import create_app
from killmart.web.frame.static import FILES
from support import servers

LOGIN = "login"
SECRET = "a secret of the tests"
ANOTHER_LOGIN = "~"
"""Behind a name, with whatever follows: another login of the same person."""
READER, ACTOR, OTHER = "Rita Reader", "Anna Actor", "Otto Other"
_VALUES = {
    "day": "2026-11-20",
    "table_name": "kills_fact",
    "expectation": "adds_up",
    "name": "frame.css",
    "path": "x/y",
    "entity_kind": "alliance",
}


def identify(request: Request) -> Person:
    """The cookie says who it is; Rita may only read."""
    name = unquote(request.cookies.get(LOGIN, "")).partition(ANOTHER_LOGIN)[0]
    if not name:
        raise HTTPException(401, "Not authenticated")
    if name == "nobody":
        raise HTTPException(403, "Forbidden")
    return Person(name, name, may_act=name != READER)


def make_app(runtime: Runtime, settle: Callable[[], None] = lambda: None) -> FastAPI:
    """The pages mounted as Airflow mounts them, below a path; `settle` is called when a batch was decided."""
    root = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    root.mount("/killmart", create_app(lambda: runtime, Access(identify, LOGIN, SECRET, settle_questions=settle)))
    return root


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the pages, on a server of the app's own."""
    with servers.served(app) as url:
        yield f"{url}/killmart"


def client(url: str, name: str | None = ACTOR) -> httpx.Client:
    """A browser of somebody's, or of nobody who has logged in."""
    cookies = {LOGIN: name.replace(" ", "%20")} if name else None
    return httpx.Client(base_url=url, cookies=cookies, timeout=60)


def behind_the_door(runtime: Runtime) -> tuple[FastAPI, Mount]:
    """The app of the pages behind the login, and where it mounts the API."""
    (mount,) = make_app(runtime).routes
    (door,) = mount.app.routes
    assert isinstance(door, APIRoute), f"{door} would be answered without the door's dependencies"
    inside = mount.app.state.inside
    (api,) = (route for route in inside.routes if isinstance(route, Mount))
    return inside, api


def routes(runtime: Runtime) -> Iterator[tuple[str, str]]:
    """Every method and address that the app answers, and some that it does not."""
    inside, api = behind_the_door(runtime)
    own = [(route, route.path) for route in inside.routes if route is not api]
    for route, address in [*own, *((route, api.path + route.path) for route in api.app.routes)]:
        assert isinstance(route, APIRoute), f"{route} would be answered without the app's dependencies"
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: _VALUES.get(found[1], "7"), address)
        yield from ((method, path) for method in route.methods)
    yield from (("GET", f"/static/{name}") for name in FILES)
    yield from (
        ("GET", path)
        for path in (
            "/docs",
            "/openapi.json",
            "/redoc",
            "/quality/",
            "/static/..%2f..%2fapp.py",
            "/%2e%2e/%2e%2e/etc/passwd",
        )
    )


def form_token(browser: httpx.Client, secret: str = SECRET, person: str = ACTOR) -> str:
    """What our own page puts into the forms of this person."""
    return Access(identify, LOGIN, secret).form_token(Person(person, person, True))
