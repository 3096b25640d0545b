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


PALETTES = {
    "light": {
        "back": "#ffffff",
        "fg": "#161d2d",
        "muted": "#3e5873",
        "border": "#dee3ea",
        "none": "#e3e7ec",
        "mute": "#96a0ab",
        "a": "#276ed2",
        "b": "#00a596",
        "c": "#9751d7",
        "d": "#e38305",
        "e": "#e53975",
    },
    "dark": {
        "back": "#1b2535",
        "fg": "#eff2f6",
        "muted": "#a6b3c1",
        "border": "#2f3e52",
        "none": "#2e3947",
        "mute": "#687686",
        "a": "#64a9f3",
        "b": "#44d0c1",
        "c": "#c190f6",
        "d": "#f2af48",
        "e": "#fc7b9d",
    },
}
"""The style sheet's colours for pictures that leave the pages, which must bring their own."""
