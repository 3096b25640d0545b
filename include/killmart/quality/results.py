"""Makes results of what Great Expectations and PostgreSQL say; what is too large to keep is cut and says so."""

from __future__ import annotations

import json
from typing import Any

from killmart.quality.check import Check, CheckResult
from killmart.quality.session import Session, first_line

MAX_EXAMPLES = 20
MAX_OBSERVED = 2000
MAX_CELL = 500
"""Characters of one cell of an example."""


def exception_of(found: Any) -> str | None:
    """The first line of an exception inside Great Expectations, which reports it in two shapes; the rest is SQL."""
    info = found.exception_info or {}
    if "raised_exception" in info:
        info = {"": info}
    for one in info.values():
        if isinstance(one, dict) and one.get("raised_exception"):
            said = str(one.get("exception_message") or "").strip().splitlines()
            return said[0] if said else "an exception without a message"
    return None


def result_of(check: Check, table: str, found: Any, session: Session) -> CheckResult:
    """The result of one check as it is kept; of a claim that fails, rows are fetched as examples."""
    result = found.result or {}
    exception = exception_of(found)
    count, percent = result.get("unexpected_count"), result.get("unexpected_percent")
    rows = result.get("partial_unexpected_index_list") or []
    query = getattr(found.expectation_config, "kwargs", {}).get("unexpected_rows_query")
    if count is None and query is not None:
        count = result.get("observed_value")  # where Great Expectations' own expectation counts a query's rows
    if exception is None and not found.success and query is not None:
        try:
            rows = session.examples(query, MAX_EXAMPLES)
            percent = session.percent_of_kills(query) if rows and "killmail_id" in rows[0] else None
        except Exception as error:  # the check has failed all the same: without examples
            exception = f"it failed, but its examples cannot be had: {first_line(error)}"
    config = found.expectation_config
    examples = [_cut_row(row) for row in rows[:MAX_EXAMPLES]]
    return CheckResult(
        table_name=table,
        expectation=check.name,
        column_name=config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list") or []) or None,
        severity=str(getattr(config.severity, "value", config.severity)),
        success=bool(found.success) and exception is None,
        observed=_cut(_observed(bool(found.success), count, len(examples), exception), MAX_OBSERVED),
        unexpected_count=count,
        unexpected_percent=percent,
        examples=examples,
        why=check.why,
    )


def stopped(table: str, expectation: str, reason: str, why: str) -> CheckResult:
    """The critical result of something without which a table cannot be judged."""
    return CheckResult(
        table_name=table,
        expectation=expectation,
        column_name=None,
        severity="critical",
        success=False,
        observed=_cut(f"could not run: {reason}", MAX_OBSERVED),
        unexpected_count=None,
        unexpected_percent=None,
        examples=[],
        why=why,
    )


def _observed(success: bool, count: int | None, kept: int, exception: str | None) -> str:
    if exception is not None:
        return f"could not run: {exception}"
    if success:
        return "as expected"
    if count is None:
        return "not as expected"
    rows = f"{count:,} unexpected row{'' if count == 1 else 's'}"
    return f"{rows}, {kept} of them kept as examples" if 0 < kept < count else rows


def _cut_row(row: dict[str, Any]) -> dict[str, object]:
    return {name: _cut_cell(value) for name, value in row.items()}


def _cut_cell(value: Any) -> object:
    """The value where it is short in JSON, else the beginning of its JSON and a word on the cut."""
    written = value if isinstance(value, str) else json.dumps(value, default=str)
    return value if len(written) <= MAX_CELL else _cut(written, MAX_CELL)


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else f"{said[:most]}… (cut, {len(said):,} characters in all)"
