"""web/api/marts.json: the marts that the API gives row by row, so that it can say what they are without a database."""

from __future__ import annotations

import json
from typing import Any

from killmart.db.catalog import Catalog, Table
from killmart.db.sums import MART_KEYS


def api_marts(catalog: Catalog) -> str:
    """The text of the file: of each mart its comment, and name, type and comment of its columns.

    Of a view no catalog knows which columns may be null: their comments say so.
    """
    marts = {table.name: table for table in catalog.tables if table.schema == "mart"}
    return json.dumps({name: _described(marts[name]) for name in MART_KEYS}, indent=1, ensure_ascii=False) + "\n"


def _described(table: Table) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "type": column.type,
            "is_nullable": "null" in column.comment.split(),
            "comment": column.comment,
        }
        for column in table.columns
    ]
    return {"comment": table.comment, "columns": columns}
