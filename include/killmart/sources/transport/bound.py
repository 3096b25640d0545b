"""The bounds of an answer in size and time: it is read whole here, into memory or into a file, or not at all."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import requests
from requests.adapters import BaseAdapter

from killmart.deadline import Deadline
from killmart.sources.bounds import unnamed_file
from killmart.sources.transport.base import Transport
from killmart.sources.transport.urls import shown

LONGEST_ANSWER = 120.0
"""Seconds that one answer may take in all, however steadily it dribbles."""
LARGEST_ANSWER = 20 << 20
"""Bytes of one answer after decompression, where its kind has no bound of its own."""
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")


class OversizedAnswerError(requests.RequestException):
    """An answer was larger, or took longer, than any real one; `response` is the answer, where it had begun."""


class Spool(NamedTuple):
    """Where answers that are asked for with `stream=True` are put down, and how many bytes they may have.

    Such an answer is here, whole and checked, before it is handed out; `response.raw` is a file at its beginning.
    """

    folder: Path
    largest: int


class Bounded(Transport):
    """Reads each answer whole within `largest` bytes and `longest` seconds."""

    def __init__(self, inner: BaseAdapter, longest: float, largest: int, spool: Spool | None) -> None:
        super().__init__(inner)
        self._longest = longest
        self._largest = largest
        self._spool = spool

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        is_to_be_spooled = self._spool is not None and bool(kwargs.get("stream"))
        kwargs["stream"] = True
        response = None
        with Deadline(self._longest) as deadline:
            try:
                response = super().send(request, *args, **kwargs)
                self._take(response, self._spool if is_to_be_spooled and response.status_code in (200, 206) else None)
            except OversizedAnswerError:
                raise
            except BaseException as error:
                if deadline.is_over:
                    raise self._too_slow(request, response) from error
                raise
        if deadline.is_over:  # an answer without a length just ends where it is cut
            raise self._too_slow(request, response)
        return response

    def _take(self, response: requests.Response, spool: Spool | None) -> None:
        """Read an answer whole, into memory or into a file."""
        if spool is None:
            content = io.BytesIO()
            _copy(response, content, self._largest)
            response._content = content.getvalue()  # what requests itself sets when it has read an answer
            response._content_consumed = True  # type: ignore[attr-defined]
            return
        file = unnamed_file(spool.folder)
        try:
            _copy(response, file, min(spool.largest, _asked_of(response)))
            file.seek(0)
        except BaseException:
            file.close()
            raise
        response.raw = file

    def _too_slow(self, request: requests.PreparedRequest, response: requests.Response | None) -> OversizedAnswerError:
        where = shown(request.url or "")
        return OversizedAnswerError(f"{where} was still sending after {self._longest:g} s", response=response)


def _asked_of(response: requests.Response) -> float:
    """How many bytes an answer that is a piece may have: those of the range that was asked for."""
    found = _RANGE.fullmatch(response.request.headers.get("Range", ""))
    return math.inf if found is None or response.status_code != 206 else int(found[2]) - int(found[1]) + 1


def _copy(response: requests.Response, target: BinaryIO, largest: float) -> None:
    """Copy the body of an answer, and of what announces itself as too large nothing."""
    length = response.headers.get("Content-Length", "")[:18]
    announced = int(length) if length.isdecimal() and response.request.method != "HEAD" else 0
    if announced > largest:
        response.close()
        said = f"{shown(response.url)} announced {announced:,} bytes, more than {largest:,}"
        raise OversizedAnswerError(said, response=response)
    size = 0
    for part in response.iter_content(64 * 1024):
        size += len(part)
        if size > largest:
            response.close()
            raise OversizedAnswerError(f"{shown(response.url)} sent more than {largest:,} bytes", response=response)
        target.write(part)


def size_of(response: requests.Response) -> int:
    """Bytes of an answer, be it in memory or in a file."""
    if not _is_spooled(response):
        return len(response.content)
    size = response.raw.seek(0, io.SEEK_END)
    response.raw.seek(0)
    return int(size)


def beginning_of(response: requests.Response, size: int) -> bytes:
    """The first `size` bytes of an answer, be it in memory or in a file."""
    if not _is_spooled(response):
        return response.content[:size]
    found: bytes = response.raw.read(size)
    response.raw.seek(0)
    return found


def _is_spooled(response: requests.Response) -> bool:
    return not isinstance(response._content, bytes)  # as requests has it while an answer is not in memory
