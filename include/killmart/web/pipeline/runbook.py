"""docs/runbook.md as a page: what each alert means, what to look at, what to do."""

from __future__ import annotations

import re
from itertools import pairwise

from fastapi import APIRouter, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from killmart.config.settings import PROJECT
from killmart.watch.rules import RUNBOOK
from killmart.web.errors import Missing
from killmart.web.pipeline.section import PIPELINE

router = APIRouter(prefix="/pipeline")

_UNFIT = re.compile(r"[^\w-]+")


@router.get("/runbook")
def runbook(request: Request) -> Response:
    """The runbook; an alert's paragraph has the name of its rule as its anchor."""
    file = PROJECT / RUNBOOK
    if not file.is_file():
        raise Missing(
            f"{RUNBOOK} is not installed here.",
            "It is in the project's repository; what to do first is written beside each alert.",
        )
    return PIPELINE.show(request, "runbook", {"text": rendered(file.read_text())}, title="Runbook")


def rendered(markdown: str) -> Markup:
    """Markdown as HTML: no HTML of its own, headings with anchors, without the title, which the page has."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _UNFIT.sub("-", tokens[place + 1].content.lower()).strip("-"))
        for before, inner in pairwise(token.children or ()):
            if before.type == "softbreak" and inner.type == "strong_open":
                before.type = "hardbreak"  # **Look at:** and **Do:** begin a line
    if tokens and tokens[0].tag == "h1":
        tokens = tokens[3:]
    return Markup(parser.renderer.render(tokens, parser.options, {}))
