"""Turns what a page shows into HTML, or into a download of the same: JSON, or one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from killmart.drawing.bars import bars
from killmart.drawing.calendar import calendar
from killmart.drawing.drawing import Lines
from killmart.drawing.funnel import funnel
from killmart.drawing.inline import inline
from killmart.drawing.share import share
from killmart.drawing.sparkline import sparkline
from killmart.drawing.tones import tone_of
from killmart.text import FILTERS
from killmart.web.access import Access, Person
from killmart.web.attachment import attachment
from killmart.web.frame.headers import CONTENT_POLICY

_PAGES = Path(__file__).resolve().parents[1]
STATIC = _PAGES / "static"


@dataclass(frozen=True)
class Section:
    """One entry of Airflow's menu: its title, the folder of its templates, the tabs (name, path) of its pages."""

    title: str
    folder: str
    tabs: Sequence[tuple[str, str]]
    policy: str = CONTENT_POLICY
    """Of its pages."""

    def show(
        self,
        request: Request,
        template: str,
        view: Mapping[str, Any],
        *,
        title: str,
        download: str | None = None,
        name: str = "",
    ) -> Response:
        """A page of this section; one with a `name` can be downloaded."""
        return frame_of(request).page(
            request, f"{self.folder}/{template}.html", view, section=self, title=title, download=download, name=name
        )


@dataclass(frozen=True)
class Frame:
    """What renders the pages of one app."""

    access: Access

    @cached_property
    def templates(self) -> Environment:
        """The Jinja environment: everything is escaped, an unknown name is an error."""
        environment = Environment(
            loader=FileSystemLoader(_PAGES / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= FILTERS
        environment.globals |= {
            "Lines": Lines,
            "bars": bars,
            "funnel": funnel,
            "calendar": calendar,
            "sparkline": sparkline,
            "share": share,
            "inline": inline,
            "tone_of": tone_of,
        }
        return environment

    @cached_property
    def css(self) -> str:
        """The style sheet, for pages that must stand alone."""
        return (STATIC / "frame.css").read_text()

    @cached_property
    def version(self) -> str:
        """Changes with the style sheet and the script, so that browsers fetch new ones."""
        files = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
        return hashlib.sha256(files).hexdigest()[:12]

    def page(
        self,
        request: Request,
        template: str,
        view: Mapping[str, Any],
        *,
        section: Section,
        title: str,
        download: str | None = None,
        name: str = "",
        status: int = 200,
    ) -> Response:
        """The page `template` of `view`; with `download` (`json`, `html`) a file called `name` to be kept instead.

        `view` is what the JSON holds, so it has plain values only; the template finds its entries by name.
        """
        if download == "json":
            body = msgspec.json.format(msgspec.json.encode(view, enc_hook=str), indent=2)
            return Response(body, media_type="application/json", headers=attachment("json", name))
        person: Person = request.state.person
        html = self.templates.get_template(template).render(
            **view,
            section=section,
            title=title,
            person=person,
            csrf="" if download else self.access.form_token(person),
            here=Address(request, is_absolute=download is not None),
            standalone=Markup(self.css) if download else None,
            name=name,
            version=self.version,
            now=datetime.now(UTC),
        )
        policy = {"Content-Security-Policy": section.policy}
        return HTMLResponse(html, status, headers=policy | (attachment("html", name) if download else {}))

    def error(self, request: Request, view: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
        """A page about an error, with its style inside."""
        html = self.templates.get_template("frame/error.html").render(
            **view, here=Address(request), standalone=Markup(self.css), version=self.version
        )
        digest = base64.b64encode(hashlib.sha256(self.css.encode()).digest()).decode()
        policy = CONTENT_POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
        return HTMLResponse(html, status, headers={"Content-Security-Policy": policy, **headers})


class Address:
    """Where a page is, and how it links to the others: `here("/quality/runs", dag_id="a")`, `here.again(before=7)`."""

    def __init__(self, request: Request, is_absolute: bool = False) -> None:
        host = f"{request.url.scheme}://{request.url.netloc}" if is_absolute else ""  # a file on disk has no server
        root: str = request.scope.get("root_path", "")
        self.path: str = request.url.path.removeprefix(root) or "/"
        self._root: str = host + root
        self._airflow: str = host + request.scope.get("app_root_path", "").rstrip("/")
        self._query = dict(request.query_params)

    def __call__(self, path: str, /, **query: Any) -> str:
        """The address of a page of ours; empty values are left out of the query."""
        text = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return self._root + quote(path) + (f"?{text}" if text else "")

    def day_link(self, day: str) -> str:
        """The address of a day's coverage."""
        return self(f"/quality/coverage/{day}")

    def again(self, **changes: Any) -> str:
        """The address of this page with another query."""
        return self(self.path, **(self._query | changes))

    def airflow(self, dag_id: str, run_id: str | None = None) -> str:
        """The address of a DAG, or of one of its runs, in Airflow's UI."""
        run = f"/runs/{quote(run_id, safe='')}" if run_id else ""
        return f"{self._airflow}/dags/{quote(dag_id, safe='')}{run}"


def frame_of(request: Request) -> Frame:
    """The frame of the app that answers this request."""
    frame: Frame = request.app.state.frame
    return frame
