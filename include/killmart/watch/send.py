"""Sends messages through Apprise in a process of its own: no answer of a target takes a worker's time or memory.

Apprise knows a hundred kinds of targets, each with its own way to read answers, and none with an end to that. So
`Sender` starts `python -m killmart.watch.send`, which reads a message a line and writes a line for each; it may take
LARGEST_BYTES of memory, and is ended when a message takes longer than LONGEST_SECONDS.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

LONGEST_SECONDS = 60.0
"""What a message may take, the start of the process included."""
LARGEST_BYTES = 160 << 20
"""Memory that the process may write to: four times what it takes before it sends."""
_TOO_LARGE = f"its answer takes over {LARGEST_BYTES >> 20} MB of memory; whether it has the message is not known"
_SAID = 2_000
"""Characters that are reported of what went wrong; with the rest of a line they fit into what a pipe takes at once."""


class Sender:
    """Sends messages one after the other; its process starts with the first one and ends with the block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def send(self, url: str, severity: str, subject: str, body: str) -> str | None:
        """Send one message; None where the target took it, else why not, in words that may hold secrets of the URL."""
        message = json.dumps({"url": url, "severity": severity, "subject": subject, "body": body})
        try:
            answer = self._exchange(message)
        except OSError as error:  # it could not be started, or has died
            answer = ""
            logging.getLogger(__name__).warning("the process that sends messages failed: %s", error.strerror)
        if answer:
            error_said: str | None = json.loads(answer)
            if error_said == _TOO_LARGE:
                self.close()  # it may have no memory left for the next message
            return error_said
        self.close()
        return (
            f"it did not answer to an end within {LONGEST_SECONDS:g} s and {LARGEST_BYTES >> 20} MB of memory; whether "
            "it has the message is not known"
        )

    def _exchange(self, message: str) -> str:
        """The line that answers a message; empty where none comes in time."""
        if self._process is None:
            root = str(Path(__file__).parents[2])
            path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "killmart.watch.send"],  # the message, with the URL's secrets, comes on stdin
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        given, taken = self._process.stdin, self._process.stdout
        assert given is not None
        assert taken is not None
        given.write(message + "\n")
        given.flush()
        ready, _, _ = select.select([taken], [], [], LONGEST_SECONDS)
        return taken.readline() if ready else ""

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(BrokenPipeError):  # what it never read
                self._process.communicate()
            self._process = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def send(url: str, severity: str, subject: str, body: str) -> str | None:
    """Send one message from this process, as `Sender.send` does from another one."""
    from apprise import Apprise, AppriseAsset, LogCapture, NotifyFormat, NotifyType

    kinds = {"critical": NotifyType.FAILURE, "warning": NotifyType.WARNING, "resolved": NotifyType.SUCCESS}
    asset = AppriseAsset(app_id="Killmart", app_desc="Killmart", app_url="", image_url_mask="", async_mode=False)
    capture: Any = LogCapture  # it has no types
    raised: list[Exception] = []
    with capture(level=logging.WARNING, fmt="%(message)s") as captured:
        try:
            server: Any = Apprise.instantiate(url, asset=asset)
            if server is None:
                return "the connection `notify` has no URL there that Apprise understands"
            server.send = _noting(server.send, raised)
            sender = Apprise(asset=asset)
            sender.add(server)
            if sender.notify(body, subject, kinds.get(severity, NotifyType.INFO), body_format=NotifyFormat.TEXT):
                return None
        except Exception as error:  # whatever a hundred plugins may raise: a message must never fail the pipeline
            raised.append(error)
        said = " ".join(captured.getvalue().split())
    if any(isinstance(error, MemoryError) for error in raised):
        return _TOO_LARGE
    said = " ".join([said, *(f"{type(error).__name__}: {error}" for error in raised)]).strip()
    return said[:_SAID] or "it did not say why"


def _noting(call: Callable[..., bool], raised: list[Exception]) -> Callable[..., bool]:
    """The same call, with a note of what it raises: Apprise does not say."""

    def noting(*arguments: Any, **options: Any) -> bool:
        try:
            return call(*arguments, **options)
        except Exception as error:
            raised.append(error)
            raise

    return noting


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_BYTES, LARGEST_BYTES))
    answers, sys.stdout = sys.stdout, sys.stderr  # plugins may print
    for line in sys.stdin:
        print(json.dumps(send(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    _main()
