"""Rows of the marts as the API gives them: columns, types and words are the database's (`marts.json`, `make model`)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import GenericAlias
from typing import Any

from pydantic import Field, create_model

from killmart.db.sums import MART_KEYS
from killmart.web.api.models import ApiModel, Exact, Next
from killmart.web.frame.fields import EntityKind

DESCRIBED: dict[str, Any] = json.loads((Path(__file__).parent / "marts.json").read_text())
_TYPES: dict[str, Any] = {
    "date": date,
    "mart.entity_kind": EntityKind,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "numeric": Exact,
}


def _row_of(mart: str) -> type[ApiModel]:
    fields: dict[str, Any] = {}
    for column in DESCRIBED[mart]["columns"]:
        kind = _TYPES[column["type"]]
        if column["is_nullable"]:
            kind |= None
        fields[column["name"]] = (kind, Field(description=column["comment"]))
    return create_model(_model_name(mart), __base__=ApiModel, __doc__=DESCRIBED[mart]["comment"], **fields)


def _page_of(row: type[ApiModel]) -> type[ApiModel]:
    return create_model(
        f"{row.__name__}Page",
        __base__=ApiModel,
        __doc__=row.__doc__,
        rows=(GenericAlias(list, (row,)), ...),  # type: ignore[arg-type]
        next=(Next, ...),
    )


def _model_name(mart: str) -> str:
    return "".join(word.capitalize() for word in mart.split("_"))


MARTS = {mart: _row_of(mart) for mart in MART_KEYS}
"""The model of a row of each mart."""
MART_PAGES = {mart: _page_of(row) for mart, row in MARTS.items()}
"""The model of a page of each."""
