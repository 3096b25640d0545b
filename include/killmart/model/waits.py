"""How long each kind of stored time to wait for may be, in seconds.

A time that is further ahead was written by a clock that has been set back since, and says nothing (ops.seconds_left).
"""

from __future__ import annotations

SHORTEST_PAUSE = 1.0
"""What an upstream that wants quiet gets at least, whatever it says."""
LONGEST_PAUSE = 3600.0
"""What an upstream can make us wait at most; a ban takes about as long."""
LONGEST_BACKOFF = 4320.0
"""Until a body that failed is asked for again: an hour, and its jitter."""
LONGEST_RECHECK = 7 * 86_400.0
"""Until a killmail that is gone is asked for again, and one of an old database whose archive comes first."""


def grown_pause(seconds: float, refusals: int) -> float:
    """A pause of `seconds` after so many other refusals in a row, within its bounds: it doubles from a second on."""
    return min(max(seconds, SHORTEST_PAUSE * 2.0 ** min(refusals, 20)), LONGEST_PAUSE)
