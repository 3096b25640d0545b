"""Columns are said once: by the catalog, and by the name beside each value of a row."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from killmart.config.sqlfiles import JUNCTIONS, KILL_TABLES
from killmart.db import batches
from killmart.load.promote import promote
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.transform import rows as transform
from killmart.transform.copytext import Rows
from support import oracle
from support.pipeline import (
    FEED,
    build,
    build_batch,
    differences,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stage,
)

ZKB = {"totalValue": 10.5, "points": 2, "npc": False, "locationID": 40_000_001, "labels": ["pvp"]}


class _Swapped(ast.NodeTransformer):
    """Puts the first column of each row behind the second one, and the last before the one before it."""

    count = 0

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        if len(node.keys) > 1 and all(isinstance(key, ast.Constant) for key in (node.keys[0], node.keys[1])):
            for parts in (node.keys, node.values):
                parts[0], parts[1] = parts[1], parts[0]  # type: ignore[index]
                parts[-1], parts[-2] = parts[-2], parts[-1]  # type: ignore[index]
            self.count += 1
        return node


def swapped() -> ModuleType:
    """The module that makes rows, with columns in another order."""
    swap = _Swapped()
    tree = ast.fix_missing_locations(swap.visit(ast.parse(Path(transform.__file__).read_text())))
    assert swap.count >= len(KILL_TABLES) - len(JUNCTIONS)  # the junctions are derived
    module = ModuleType("swapped_rows")
    exec(compile(tree, "swapped_rows", "exec"), module.__dict__)
    return module


def test_columns_in_another_order_make_the_same_tables(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    other = swapped()
    monkeypatch.setattr("killmart.load.build.add_kill", other.add_kill)
    monkeypatch.setattr("killmart.load.build.add_zkb_change", other.add_zkb_change)
    stage(runtime, [ref(kill(1), {"points": 1, "npc": True})])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(1), ZKB), ref(kill(2), ZKB)])
    load_past_gate(runtime)
    kills = [(kill(number), oracle.killmail_hash_of(kill(number)), ZKB, FEED) for number in (1, 2)]
    assert differences(runtime, oracle.expected(kills)) == []
    versions = row_versions(runtime)
    monkeypatch.undo()
    stage(runtime, [ref(kill(1), ZKB), ref(kill(2), ZKB)])
    load_past_gate(runtime)
    assert row_versions(runtime) == versions


def test_rows_of_a_table_have_the_columns_of_those_before() -> None:
    rows_made = Rows()
    rows_made.add("kill_victims", {"a": "1", "b": "2"})
    with pytest.raises(ValueError, match="rows of kill_victims"):
        rows_made.add("kill_victims", {"b": "2", "a": "1"})
    with pytest.raises(ValueError, match=r"zip\(\) argument 2 is shorter"):
        rows_made.add_all("kill_items", {"a": ["1", "2"], "b": ["1"]})


@pytest.mark.parametrize(
    ("table", "definition"),
    [*((table, "text") for table in KILL_TABLES), ("kills_fact", "text NOT NULL DEFAULT 'none'")],
)
def test_a_new_column_is_promoted_and_compared_without_being_named(
    runtime: Runtime, table: str, definition: str
) -> None:
    def come(note: str) -> Any:
        of = ref(kill(1))
        with runtime.engine.begin() as connection:
            batch_id = batches.open_batch(connection, runtime.owner, FEED, None, None)
            arrival = Arrival(of.killmail_id, of.killmail_hash, of.body, None, FEED, known=False)
            build_batch(connection, batch_id, [[arrival]])
        run(runtime, f"UPDATE candidate.{table}_{batch_id} SET note = :note", note=note)
        give_verdict(runtime, batch_id)
        return promote(runtime, batch_id)

    run(runtime, f"ALTER TABLE core.{table} ADD COLUMN note {definition}")
    assert come("one").inserted == 1
    assert rows(runtime, f"SELECT DISTINCT note FROM core.{table}") == [("one",)]
    assert (come("one").unchanged, come("two").changed) == (1, 1)
    assert rows(runtime, f"SELECT DISTINCT note FROM core.{table}") == [("two",)]


def test_what_core_fills_in_itself_is_not_brought(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), {})])
    batch_id = build(runtime).batch_id
    run(runtime, f"UPDATE candidate.kills_fact_{batch_id} SET promoted_at = 'epoch', changed_at = 'epoch'")
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)
    with runtime.engine.connect() as connection:
        query = "SELECT least(promoted_at, changed_at) > now() - interval '1 hour' FROM core.kills_fact"
        assert connection.execute(text(query)).scalar_one()
