"""Which colour says what; the same in pills, tables and charts."""

from __future__ import annotations

TONES = {
    "passed": "good",
    "promoted": "good",
    "loaded": "good",
    "success": "good",
    "warned": "warn",
    "warning": "warn",
    "quarantined": "warn",
    "built": "info",
    "released": "info",
    "known": "info",
    "fetched": "info",
    "pending": "info",
    "info": "info",
    "blocked": "bad",
    "critical": "bad",
    "missing": "bad",
    "failed": "bad",
    "gone": "mute",
    "rejected": "mute",
    "abandoned": "mute",
}


def tone_of(word: str | None) -> str:
    """The tone (`good`, `warn`, `bad`, `info`, `mute`) of a state, an outcome or a severity."""
    return TONES.get(word or "", "mute")
