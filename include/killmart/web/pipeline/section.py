"""The section "Pipeline": its tabs."""

from __future__ import annotations

from killmart.web.frame.render import Section

PIPELINE = Section(
    "Pipeline",
    "pipeline",
    (("Overview", "/pipeline"), ("Alerts", "/pipeline/alerts"), ("Runbook", "/pipeline/runbook")),
)
