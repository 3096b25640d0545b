"""Validates the candidate tables of one batch with Great Expectations and gives the verdict.

Great Expectations is imported inside (7 to 12 s of CPU); its context lives in memory, its suites are code, and
what it finds is returned for our own tables and pages.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from functools import cache
from importlib import import_module
from threading import Thread
from typing import Any

from killmart.config.sqlfiles import batch_names
from killmart.errors import KillmartError
from killmart.quality.check import TABLES, Check, CheckResult, GateReport
from killmart.quality.results import MAX_EXAMPLES, exception_of, result_of, stopped
from killmart.quality.session import ENGINE_OPTIONS, Session, first_line

log = logging.getLogger(__name__)

_SUMMARY = {
    "result_format": "SUMMARY",
    "unexpected_index_column_names": ["killmail_id"],
    "partial_unexpected_count": MAX_EXAMPLES,
}


def validate_batch(warehouse_url: str, batch_id: int) -> GateReport:
    """Run every check on the candidate tables of `batch_id`; what cannot run counts as failed and spoils no other.

    Gives the candidate tables their keys. Raises KillmartError where the connection is lost on the way, or the
    disk is full: neither says anything of the data.
    """
    gx = import_great_expectations()
    started = time.monotonic()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql("warehouse", connection_string=warehouse_url, kwargs=ENGINE_OPTIONS)
    engine = source.get_execution_engine().engine
    try:
        session = Session(engine, batch_id)
        results = [
            stopped("kills_fact", name, reason, "Claims read it, and without it they prove nothing.")
            for name, reason in session.prepare().items()
        ]
        for table in TABLES:
            results += _validate_table(source, table, batch_id, session)
        profile = session.profile()
        session.refuse_if_lost()
        _refuse_if_full(results, batch_id)
    finally:
        engine.dispose()
    return GateReport(results=results, seconds=time.monotonic() - started, profile=profile)


def import_great_expectations() -> Any:
    """The module, imported once and kept quiet."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import, or it phones home
    logging.getLogger("great_expectations").setLevel(logging.ERROR)  # it logs 200 lines while it is imported
    import great_expectations
    from great_expectations.datasource.fluent import GxDatasourceWarning

    logging.getLogger("great_expectations.data_context.types.base").addFilter(_is_worth_telling)  # at INFO by itself
    # the PostgreSQL data source that it recommends refuses a socket folder as host
    warnings.simplefilter("ignore", GxDatasourceWarning)
    warnings.filterwarnings("ignore", message="`schema_name` is deprecated")  # one connection, two schemas
    return great_expectations


@cache
def import_ahead() -> Thread:
    """Have it imported beside what the caller does, once a process: who builds a large batch waits for PostgreSQL most.

    What goes wrong is logged, and again where the module is wanted.
    """
    importing = Thread(target=import_great_expectations, name="import of Great Expectations", daemon=True)
    importing.start()
    return importing


def _is_worth_telling(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Created temporary directory")  # which is removed at once


def _refuse_if_full(results: list[CheckResult], batch_id: int) -> None:
    for result in results:
        # psycopg2's name of SQLSTATE 53100, which is all that Great Expectations passes on
        if "DiskFull" in result.observed:
            raise KillmartError(
                f"The disk of the warehouse is full, so the gate could not judge batch {batch_id} "
                f"({result.expectation}: {result.observed}). Its results are not kept and nothing was promoted. Free "
                "some space where PostgreSQL keeps its data; the next attempt judges the batch again."
            )


def _validate_table(source: Any, table: str, batch_id: int, session: Session) -> list[CheckResult]:
    """Run one table's suite; whatever stops it is a failed critical check of that table."""
    try:
        checks = import_module(f"killmart.quality.suites.{table}").CHECKS
        asset = source.add_table_asset(table, table_name=f"{table}_{batch_id}", schema_name="candidate")
        batch = asset.add_batch_definition_whole_table("batch").get_batch()
        found = _run_checks(batch, table, checks, batch_id, session)
    except Exception as error:  # an import, a table that is gone, Great Expectations itself
        log.exception("the suite of %s could not run", table)
        why = "Checks that did not run prove nothing, so the table counts as bad."
        return [stopped(table, "suite_runs", first_line(error), why)]
    log.info("%s: %d of %d expectations met", table, sum(result.success for result in found), len(found))
    return found


def _run_checks(batch: Any, table: str, checks: list[Check], batch_id: int, session: Session) -> list[CheckResult]:
    """Run the checks of one table; those on a column that fail are run once more to get the rows to show."""
    import great_expectations as gx

    expectations = [_for_batch(check, batch_id) for check in checks]
    suite = gx.ExpectationSuite(name=table, expectations=expectations)
    validated = batch.validate(suite, result_format="SUMMARY")
    by_name = {result.expectation_config.meta["check"]: result for result in validated.results}
    results = []
    for check, expectation in zip(checks, expectations, strict=True):
        found = by_name[check.name]
        is_query = hasattr(expectation, "unexpected_rows_query")
        if not found.success and not is_query and not exception_of(found):
            found = batch.validate(expectation, result_format=_SUMMARY)
        results.append(result_of(check, table, found, session))
    return results


def _for_batch(check: Check, batch_id: int) -> Any:
    """The check's expectation, named, with the batch's number in its query."""
    query = getattr(check.expectation, "unexpected_rows_query", None)
    copied: Any = check.expectation.copy()
    copied.meta = {"check": check.name}
    if query is not None:
        copied.unexpected_rows_query = batch_names(query, batch_id).replace(":batch_id", str(int(batch_id)))
    return copied
