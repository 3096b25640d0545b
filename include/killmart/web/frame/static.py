"""The style sheet and the script, behind the login like everything else."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter
from starlette.responses import Response

from killmart.web.errors import Missing
from killmart.web.frame.render import STATIC

router = APIRouter()
FILES = {path.name: path for path in STATIC.iterdir() if path.is_file()}
"""What there is to fetch; names come from this list alone, never from the address."""


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """One file of the frame; its address changes with its content, so it may be kept."""
    path = FILES.get(name)
    if path is None:
        raise Missing("There is no such file.", "Reload the page that wanted it.")
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(path.read_bytes(), media_type=media_type, headers={"Cache-Control": "private, max-age=86400"})
