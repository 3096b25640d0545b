"""Checks that are a query: rows that it returns break the claim that the file's name makes."""

from __future__ import annotations

import great_expectations.expectations as gxe

from killmart.config.sqlfiles import source
from killmart.quality.check import Check


def claim(name: str, severity: str, why: str) -> Check:
    """The claim in include/sql/quality/checks/<name>.sql; `quality.gate` puts the batch's number into the query."""
    query = source(f"quality/checks/{name}") + "\n/* {batch} */"  # Great Expectations wants to see its parameter
    return Check(name, gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity=severity), why)
