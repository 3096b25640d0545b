"""The section "Data quality": its tabs."""

from __future__ import annotations

from killmart.web.frame.render import Section

QUALITY = Section(
    "Data quality",
    "quality",
    (
        ("Overview", "/quality"),
        ("Runs", "/quality/runs"),
        ("Expectations", "/quality/expectations"),
        ("Coverage", "/quality/coverage"),
        ("Values", "/quality/values"),
        ("Quarantine", "/quality/quarantine"),
        ("Blocked batches", "/quality/batches"),
    ),
)
