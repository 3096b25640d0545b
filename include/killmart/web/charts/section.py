"""The section "Charts": its tabs, and how its pages are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from killmart.web.frame.headers import CONTENT_POLICY
from killmart.web.frame.render import Section

SECTION = Section("Charts", "charts", (("All systems", "/charts"), ("Battles", "/charts/battles")))
_POLICY = f"{CONTENT_POLICY}; connect-src 'self'"
"""The search box asks this server, and nobody else, for names that begin with what was typed."""


def show(request: Request, template: str, view: Mapping[str, Any], **options: Any) -> Response:
    """A page of this section, from which the script of the search box may ask for names."""
    answer = SECTION.show(request, template, view, **options)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
