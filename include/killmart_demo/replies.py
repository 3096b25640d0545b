"""Answers as the routes of the simulated upstreams give them."""

from __future__ import annotations

import msgspec
from fastapi import Response


class JsonReply(Response):
    """Anything that msgspec encodes, raw JSON within it included."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The content as it goes over the wire."""
        return msgspec.json.encode(content)


class ErrorReply(JsonReply):
    """A status with a sentence: `{"error": "…"}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__({"error": message}, status)
