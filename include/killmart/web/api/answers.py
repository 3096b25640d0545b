"""Answers: checked against their model, exact numbers, with an ETag so that what has not changed is not sent again."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
"""An answer may be kept, and is asked for again each time: 304 where it is still true."""
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def answer(request: Request, model: type[BaseModel], content: dict[str, Any]) -> Response:
    """`content` as JSON after a look whether it is what `model` promises; 304 where the caller has it already."""
    body = _ENCODER.encode(model.model_validate(content).model_dump())
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'  # weak: Airflow may compress it
    headers = _HEADERS | {"ETag": tag}
    if _has(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _has(request: Request, tag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag.removeprefix("W/") in given or given == ["*"]
