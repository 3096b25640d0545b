"""A real day of killmails, and real static data put straight into reference."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sqlalchemy import Engine

from support import realdata

DAY = realdata.DAYS[0]
_STATIC = {
    "solar_systems": {
        "system_id": "solar_system_id",
        "security": "security_status",
        **{name: name for name in ("name", "constellation_id", "constellation_name", "region_id", "region_name")},
        **{name: name for name in ("security_class", "x", "y", "z")},
    },
    "categories": {"category_id": "category_id", "name": "name"},
    "groups": {"group_id": "group_id", "name": "name", "category_id": "category_id"},
    "types": {"type_id": "type_id", "name": "name", "group_id": "group_id"},
}


def bodies() -> list[realdata.Json]:
    """The real day as it lies in EVE Ref's archive."""
    return [
        {name: value for name, value in kill.body.items() if name not in ("killmail_hash", "http_last_modified")}
        for kill in realdata.day_archive(DAY)
    ]


def load_static_data(engine: Engine) -> None:
    """Put the names of ../shared/data/sde into reference; the path by CCP's archive has tests of its own."""
    raw = engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            for table, columns in _STATIC.items():
                lines = _csv(realdata.DATA / "sde" / f"{table}.csv", columns)
                cursor.copy_expert(f"COPY reference.{table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)", lines)
        raw.commit()
    finally:
        raw.close()


def _csv(path: Path, columns: dict[str, str]) -> io.StringIO:
    out = io.StringIO()
    writer = csv.writer(out)
    with path.open(newline="", encoding="utf-8") as file:
        writer.writerows([row[name] for name in columns.values()] for row in csv.DictReader(file))
    out.seek(0)
    return out
