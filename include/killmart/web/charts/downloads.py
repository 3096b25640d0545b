"""Takes a chart away: its numbers as CSV for a spreadsheet, the chart itself as a picture, SVG or PNG."""

from __future__ import annotations

import csv
import io
from typing import Any

from starlette.responses import Response

from killmart.drawing.picture import Heading, picture
from killmart.drawing.png import png
from killmart.web.attachment import attachment
from killmart.web.charts.chart import Chart

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a spreadsheet lets a formula begin; the last four are wide signs that some take for these."""


def as_csv(chart: Chart, name: str) -> Response:
    """The chart's table; texts that a spreadsheet would take for a formula get an apostrophe before them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(chart.columns)
    writer.writerows([[safe_cell(value) for value in row] for row in chart.rows])
    body = text.getvalue().encode("utf-8-sig", "replace")  # without the mark Excel takes names for Latin-1
    return Response(body, media_type="text/csv; charset=utf-8", headers=attachment("csv", name, chart.name))


def as_picture(chart: Chart, heading: Heading, theme: str, ending: str, name: str) -> Response:
    """The chart as a picture, `svg` or `png`."""
    drawn = str(picture(chart.drawing, heading, theme=theme, empty=chart.empty))
    headers = attachment(ending, name, chart.name, theme)
    if ending == "png":
        return Response(png(drawn), media_type="image/png", headers=headers)
    policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(drawn.encode(), media_type="image/svg+xml", headers=headers | policy)


def safe_cell(value: Any) -> Any:
    """A text that no spreadsheet runs; other values as they are."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
