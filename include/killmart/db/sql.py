"""Statements from include/sql, ready to execute: `sql("staging/claim_killmails")`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import TextClause, text

from killmart.config.sqlfiles import batch_names, each_name, entity_names, source


@cache
def sql(name: str) -> TextClause:
    """The statement in include/sql/<name>.sql, with `:name` parameters."""
    return text(source(name))


def named_sql(name: str, **lists: Sequence[str]) -> TextClause:
    """The same, said of each name of `lists`."""
    return text(each_name(source(name), **lists))


def batch_sql(name: str, batch_id: int, **lists: Sequence[str]) -> TextClause:
    """The same for a statement on the candidate tables of one batch, said of each name of `lists`."""
    return text(batch_names(each_name(source(name), **lists), batch_id))


@cache
def entity_sql(name: str, kind: str) -> TextClause:
    """The same for a statement that is a template over the kinds of entities (character, corporation, alliance)."""
    return text(entity_names(source(name), kind))
