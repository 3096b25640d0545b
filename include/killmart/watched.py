"""Connections to the warehouse that no thread waits on without an end: what every engine gives to the driver."""

from __future__ import annotations

from typing import Any

from psycopg2 import extensions

from killmart.deadline import current_deadline

CONNECT_SECONDS = 10
NOTICES = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""libpq's own time-outs (seconds; the last one milliseconds): what shows that the server's machine is gone."""


class Watched(extensions.connection):
    """A connection that the deadline of the thread cuts which asks over it."""

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        deadline = current_deadline()
        if deadline is not None and not self.closed:
            deadline.watch(self.fileno())
        return super().cursor(*args, **kwargs)
