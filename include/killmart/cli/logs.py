"""How the command line logs: lines for people, or one JSON object a line for programs (`KILLMART_LOG_FORMAT=json`).

Inside Airflow its own structured task logs do the same.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

_IDS = re.compile(r"\b(killmail|batch) (\d+)\b")


class JsonLines(logging.Formatter):
    """One event a line; `killmail_id` and `batch_id` are the first that the event names."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as one JSON object without line breaks."""
        event = record.getMessage()
        ids: dict[str, int] = {}
        for kind, number in _IDS.findall(event):
            ids.setdefault(f"{kind}_id", int(number))
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
            **ids,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up_logging(environ: Mapping[str, str] = os.environ) -> None:
    """Log to stderr as the user wishes; a format that does not exist is refused with the other settings."""
    handler = logging.StreamHandler(sys.stderr)
    is_json = environ.get("KILLMART_LOG_FORMAT", "").strip() == "json"
    handler.setFormatter(JsonLines() if is_json else logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
