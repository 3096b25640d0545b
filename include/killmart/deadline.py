"""Ends work that outlasts its time, however steadily the other side dribbles, or stays silent.

A socket's time-out starts again with every byte, and libpq has none for an answer. Here a timer shuts the sockets that
the thread reads from, which ends the read that waits: an upstream's (`sources/transport/wire.py`) or the warehouse's
(`db/engine.py`).
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from types import TracebackType

_thread = threading.local()


class Deadline:
    """Cuts the connections that this thread reads from when `seconds` are over; to be used as a context."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._end = time.monotonic() + seconds
        self._sockets: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._outer: Deadline | None = None

    @property
    def seconds_left(self) -> float:
        """What is left of the time; negative when it is over."""
        return self._end - time.monotonic()

    def watch(self, fileno: int) -> None:
        """Cut the socket of this number when the time is over."""
        self.forget(fileno)
        ours = socket.socket(fileno=os.dup(fileno))  # the number may be another connection's by then
        with self._lock:
            self._sockets[fileno] = ours
        if self.is_over:
            self._cut()

    def forget(self, fileno: int) -> None:
        """Leave the socket of this number alone from now on: somebody else may use it."""
        with self._lock:
            former = self._sockets.pop(fileno, None)
        if former is not None:
            former.close()

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            for each in self._sockets.values():
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        self._outer = current_deadline()
        _thread.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _thread.deadline = self._outer
        with self._lock:
            while self._sockets:
                self._sockets.popitem()[1].close()


def current_deadline() -> Deadline | None:
    """The innermost deadline of this thread, if it has one."""
    found: Deadline | None = getattr(_thread, "deadline", None)
    return found
