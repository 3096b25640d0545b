"""The section "Pipeline": its tabs, and how its pages are shown."""

from __future__ import annotations

from killmart.web.frame.render import Section

SECTION = Section(
    "Pipeline",
    "pipeline",
    (("Overview", "/pipeline"), ("Alerts", "/pipeline/alerts"), ("Runbook", "/pipeline/runbook")),
)
show = SECTION.show
