"""Checks that are a query: rows that it returns break the claim that the file's name makes."""

from __future__ import annotations

from typing import Any, ClassVar

import great_expectations.expectations as gxe

from killmart.config.sqlfiles import ENTITIES, entity_names, source
from killmart.quality.check import Check


class ExpectNoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]  # mypy does not follow its types
    """Expects a query to return no row and counts those that it returns.

    The expectation that it is made of runs each query twice, once to count and once to bring every row; the gate
    fetches a few rows as examples where there are any.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"unexpected_count": count}}


def claim(name: str, severity: str, why: str, kind: str = "") -> Check:
    """The claim in include/sql/quality/checks/<name>.sql; `quality.gate` puts the batch's number into the query.

    A template needs to know of which kind of `ENTITIES` it is; their table takes the place of the word in its name.
    """
    query = source(f"quality/checks/{name}") + "\n/* {batch} */"  # Great Expectations wants to see its parameter
    if kind:
        name, query = name.replace("entities", ENTITIES[kind]), entity_names(query, kind)
    return Check(name, ExpectNoRows(unexpected_rows_query=query, severity=severity), why)
