"""The section "Data quality": its tabs, and how its pages are shown."""

from __future__ import annotations

from killmart.web.frame.render import Section

SECTION = Section(
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
show = SECTION.show
