"""The errors that people read: what failed, why, what happens to the data, what to do."""

from __future__ import annotations


class KillmartError(Exception):
    """Something failed that a person can act on; the message is a whole sentence for that person."""


class ConfigurationError(KillmartError):
    """A setting or a connection is missing or bad; the message names it."""


class UpstreamError(KillmartError):
    """An upstream refused, broke or is away; the message names service, route and what comes next."""


class UpstreamRefusedError(UpstreamError):
    """An upstream told us to stay away; nobody of this installation asks it again for `pause_seconds`."""

    def __init__(self, message: str, pause_seconds: float) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class GateBlocked(KillmartError):
    """Critical expectations failed: the batch is set aside and core untouched."""
