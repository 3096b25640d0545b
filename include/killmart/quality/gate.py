"""Validates the candidate tables of one batch with Great Expectations and gives the verdict.

Great Expectations is imported inside (7 to 12 s of CPU); its context lives in memory, its suites are code, and
what it finds is returned for our own tables and pages.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from importlib import import_module
from typing import Any

from killmart.config.sqlfiles import batch_names
from killmart.quality.check import TABLES, Check, CheckResult, GateReport

log = logging.getLogger(__name__)

MAX_EXAMPLES = 20


def validate_batch(warehouse_url: str, batch_id: int) -> GateReport:
    """Run every check on the candidate tables of `batch_id`; a check that cannot run counts as failed."""
    gx = _great_expectations()
    started = time.monotonic()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql("warehouse", connection_string=warehouse_url)
    results: list[CheckResult] = []
    try:
        for table in TABLES:
            asset = source.add_table_asset(table, table_name=f"{table}_{batch_id}", schema_name="candidate")
            batch = asset.add_batch_definition_whole_table("batch").get_batch()
            checks = import_module(f"killmart.quality.suites.{table}").CHECKS
            found = validate_table(batch, table, checks, batch_id)
            log.info("%s: %d of %d expectations met", table, sum(r.success for r in found), len(found))
            results += found
    finally:
        source.get_execution_engine().engine.dispose()
    return GateReport(results=results, seconds=time.monotonic() - started)


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import, or it phones home
    logging.getLogger("great_expectations").setLevel(logging.ERROR)  # it logs 200 lines while it is imported
    import great_expectations
    from great_expectations.datasource.fluent import GxDatasourceWarning

    # the PostgreSQL data source that it recommends refuses a socket folder as host
    warnings.simplefilter("ignore", GxDatasourceWarning)
    warnings.filterwarnings("ignore", message="`schema_name` is deprecated")  # one connection, two schemas
    return great_expectations


def validate_table(batch: Any, table: str, checks: list[Check], batch_id: int) -> list[CheckResult]:
    """Run the checks of one table; those that fail are run once more to get the rows to show."""
    import great_expectations as gx

    expectations = [_for_batch(check, batch_id) for check in checks]
    suite = gx.ExpectationSuite(name=table, expectations=expectations)
    validated = batch.validate(suite, result_format="SUMMARY")
    by_name = {result.expectation_config.meta["check"]: result for result in validated.results}
    results = []
    for check, expectation in zip(checks, expectations, strict=True):
        found = by_name[check.name]
        if not found.success and not _exception(found):
            found = batch.validate(
                expectation,
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": ["killmail_id"],
                    "partial_unexpected_count": MAX_EXAMPLES,
                },
            )
        results.append(_result_of(check, table, found))
    return results


def _for_batch(check: Check, batch_id: int) -> Any:
    """The check's expectation, named, with the batch's number in its query."""
    query = getattr(check.expectation, "unexpected_rows_query", None)
    copied: Any = check.expectation.copy()
    copied.meta = {"check": check.name}
    if query is not None:
        copied.unexpected_rows_query = batch_names(query, batch_id).replace(":batch_id", str(int(batch_id)))
    return copied


def _exception(found: Any) -> str | None:
    """The message of an exception inside Great Expectations, which reports it in two shapes."""
    info = found.exception_info or {}
    if "raised_exception" in info:
        info = {"": info}
    for one in info.values():
        if isinstance(one, dict) and one.get("raised_exception"):
            return str(one.get("exception_message") or "an exception without a message")
    return None


def _result_of(check: Check, table: str, found: Any) -> CheckResult:
    config = found.expectation_config
    result = found.result or {}
    exception = _exception(found)
    details = result.get("details") or {}
    rows = details.get("unexpected_rows") or result.get("unexpected_index_list") or []
    count = result.get("unexpected_count")
    if count is None and isinstance(result.get("observed_value"), int) and "unexpected_rows" in details:
        count = result["observed_value"]
    columns = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list") or []) or None
    observed = f"could not run: {exception}" if exception else _observed(found.success, count)
    return CheckResult(
        table_name=table,
        expectation=check.name,
        column_name=columns,
        severity=str(getattr(config.severity, "value", config.severity)),
        success=bool(found.success) and exception is None,
        observed=observed[:2000],
        unexpected_count=count,
        unexpected_percent=result.get("unexpected_percent"),
        examples=[dict(row) for row in rows[:MAX_EXAMPLES]],
        why=check.why,
    )


def _observed(success: bool, count: int | None) -> str:
    if success:
        return "as expected"
    return "not as expected" if count is None else f"{count} unexpected rows"
