"""Days whose totals differ between the upstreams for good: reviewed by hand, and not chased by the daily run."""

from __future__ import annotations

from datetime import date

KNOWN_DIFFERENCES: dict[date, int] = {
    # zKillboard's totals are one higher than EVE Ref's for good (looked at on 2026-11-22)
    date(2018, 6, 8): 1,
    date(2018, 6, 10): 1,
    date(2018, 9, 14): 1,
    date(2019, 12, 6): 1,
}
"""UTC day: how many killmails the higher total counts that nobody has. Add a day only after looking at both lists."""
