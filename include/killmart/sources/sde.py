"""CCP's static data export: which build is the newest, and its zip as a file.

Facts: a line of JSON tells the number of the newest build; the zip lies at an address of its own, to which the one
of the "latest" redirects. It is a hundred megabytes, so it is streamed, and a broken download goes on where it ended.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from killmart.errors import UpstreamError
from killmart.model.static_data import Build
from killmart.sources.http import TRANSIENT_STATUSES, PoliteSession, shown, unreachable
from killmart.sources.retry import with_retries

log = logging.getLogger(__name__)

NAME = "sde"
LATEST_BUILD = "/static-data/tranquility/latest.jsonl"
LATEST_ARCHIVE = "/static-data/eve-online-static-data-latest-jsonl.zip"
MAX_ARCHIVE_BYTES = 1 << 30
"""Ten times what it is: whatever is larger is not the static data."""
ATTEMPTS = 5
MAX_REDIRECTS = 3
_CHUNK_BYTES = 1 << 18


class _BuildLine(msgspec.Struct):
    key: str = msgspec.field(name="_key")
    build_number: int | None = msgspec.field(name="buildNumber", default=None)
    release_date: datetime | None = msgspec.field(name="releaseDate", default=None)


_BUILD_LINE = msgspec.json.Decoder(_BuildLine)


def build_of(text: bytes) -> Build | None:
    """The build that JSON Lines tell in their record `sde`; None where there is none in them."""
    for line in text.splitlines():
        try:
            record = _BUILD_LINE.decode(line)
        except msgspec.MsgspecError:
            continue
        if record.key == "sde" and record.build_number is not None:
            return Build(record.build_number, record.release_date)
    return None


class Sde:
    """The static data at `base_url`."""

    def __init__(self, session: PoliteSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url

    def latest(self) -> Build:
        """The newest build; raises UpstreamError where it is not to be had."""
        url = self._base_url + LATEST_BUILD

        def ask() -> requests.Response:
            response = self._session.get(url)
            if response.status_code == 200 and build_of(response.content) is None:
                raise requests.exceptions.InvalidJSONError(f"no build in {shown(url)}")
            return response

        try:
            response = with_retries(ask)
        except requests.exceptions.InvalidJSONError:
            raise UpstreamError(
                f"{shown(url)} answered something that names no build of the static data; the data loaded last stays. "
                "If this goes on, look at the connection sde in Airflow."
            ) from None
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error
        build = build_of(response.content) if response.status_code == 200 else None
        if build is None:
            raise _refused(url, response.status_code)
        return build

    def download(self, target: Path) -> None:
        """Put the newest zip at `target`, all of it or nothing.

        A connection that breaks is taken up where it ended, as long as upstream still has the same file. Raises
        UpstreamError where it is refused, larger than MAX_ARCHIVE_BYTES, or keeps breaking.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _Partial(target.with_name(target.name + ".part"))
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.2, max=10.0, jitter=0.3),
            retry=retry_if_exception_type(requests.RequestException),
            reraise=True,
        )
        try:
            retrying(self._go_on, partial)
            partial.path.replace(target)
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error
        finally:
            partial.path.unlink(missing_ok=True)

    def _go_on(self, partial: _Partial) -> None:
        """One request for what is still missing."""
        url = self._base_url + LATEST_ARCHIVE
        with self._open(url, partial.headers()) as response:
            if response.status_code == 416:  # what we have is no beginning of what is there
                partial.forget()
                raise requests.HTTPError("the rest cannot be had")
            if response.status_code in TRANSIENT_STATUSES:
                raise requests.HTTPError(str(response.status_code))
            if response.status_code not in (200, 206):
                raise _refused(url, response.status_code)
            partial.take(response)

    def _open(self, url: str, headers: dict[str, str]) -> requests.Response:
        """The answer behind redirects, unread; they may not lead to another host."""
        first = urlsplit(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._session.get(url, headers=headers, stream=True)
            if response.status_code not in (301, 302, 303, 307, 308):
                return response
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
            if urlsplit(url)[:2] != first[:2]:
                raise UpstreamError(
                    f"{shown(self._base_url + LATEST_ARCHIVE)} redirects to another host ({urlsplit(url).hostname}), "
                    "where Killmart does not follow; if CCP has moved, change the connection sde in Airflow."
                )
        raise UpstreamError(f"{shown(url)} redirects without end; the static data loaded last stays.")


class _Partial:
    """The file that a download fills, and the version of what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.unlink(missing_ok=True)
        self._etag: str | None = None
        self._size = 0

    def forget(self) -> None:
        """Start over at the next request."""
        self._etag, self._size = None, 0

    def headers(self) -> dict[str, str]:
        """The request for the rest; a changed file comes whole all the same."""
        rest = {"Range": f"bytes={self._size}-", "If-Range": self._etag} if self._size and self._etag else {}
        return {"Accept-Encoding": "identity", **rest}

    def take(self, response: requests.Response) -> None:
        """Write an answer down, after what is there or in its place."""
        is_rest = response.status_code == 206
        if is_rest and not response.headers.get("Content-Range", "").startswith(f"bytes {self._size}-"):
            self.forget()
            raise requests.HTTPError("another part than the one asked for")
        if not is_rest:
            self._size = 0
        self._etag = response.headers.get("ETag")
        with self.path.open("ab" if is_rest else "wb") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                self._size += len(chunk)
                if self._size > MAX_ARCHIVE_BYTES:
                    raise UpstreamError(
                        f"The static data is larger than {MAX_ARCHIVE_BYTES >> 20} MB, which it never was; the download "
                        "was stopped and the data loaded last stays. Look at the connection sde in Airflow."
                    )
        log.info("the zip of the static data is here, %d bytes", self._size)


def _refused(url: str, status: int) -> UpstreamError:
    return UpstreamError(
        f"{shown(url)} answered {status}; the static data loaded last stays, the next run tries again. "
        "If this goes on, look at the connection sde in Airflow."
    )
