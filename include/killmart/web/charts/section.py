"""The section "Charts": its tabs, and what its pages may ask for."""

from __future__ import annotations

from killmart.web.frame.headers import CONTENT_POLICY
from killmart.web.frame.render import Section

CHARTS = Section(
    "Charts",
    "charts",
    (("All systems", "/charts"), ("Battles", "/charts/battles")),
    # the search box asks this server, and nobody else, for names that begin with what was typed
    policy=f"{CONTENT_POLICY}; connect-src 'self'",
)
