"""A fake R2Z2 of numbered files that can be broken for good, and whose sequence.json says what the test wants."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from support.scripted import Answer, Handler, Request, Scripted, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
PAGE = b"<!DOCTYPE html><html><body>error code: 1015</body></html>"


def package(number: int, **changes: Any) -> dict[str, Any]:
    """What a file of this number says; its killmail has the same id."""
    killmail = {"killmail_id": number, "hash": HASH, "esi": {"killmail_id": number}, "zkb": {"hash": HASH}}
    return killmail | {"sequence_id": number} | changes


@contextmanager
def numbered(
    files: Container[int], sequence: Answer | list[int] | int, broken: Mapping[int, Answer] | None = None
) -> Iterator[Scripted]:
    """Serve `files`, those in `broken` as it says; `sequence` is a number, several in turn, or an answer of its own."""
    said = [sequence] if isinstance(sequence, int) else list(sequence) if isinstance(sequence, list) else []

    def answer(request: Request, _: Handler) -> Answer:
        name = request.path.split("/")[-1].removesuffix(".json")
        if name == "sequence":
            if not said:
                return sequence  # type: ignore[return-value]
            return 200, {"sequence": said.pop(0) if len(said) > 1 else said[0]}
        number = int(name)
        if number in (broken or {}):
            return (broken or {})[number]
        return (200, package(number)) if number in files else (404, b"")

    with scripted(answer) as upstream:
        yield upstream
