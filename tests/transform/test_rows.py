"""Rows of killmails are those that the oracle derives from the same JSON, read back from the COPY text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from killmart.transform.copytext import Rows, escaped, isk, whole_isk
from killmart.transform.decode import decode
from killmart.transform.rows import add_kill, add_zkb_change
from killmart.transform.sightings import Sightings
from killmart.transform.zkb import decode_zkb
from support import oracle
from support.pipeline import NOW, Json, attacker, encoded, kill, stack, victim
from support.strategies import REPEATABLE, killmails, zkb_blocks

_SIGNS = {"t": "\t", "n": "\n", "r": "\r"}
_KINDS: dict[str, Callable[[str], Any]] = {
    "killmail_hash": str,
    "source": str,
    "items": json.loads,
    "labels": lambda text: json.loads(f"[{text[1:-1]}]", strict=False),
    "security_status": float,
    **dict.fromkeys(("position_x", "position_y", "position_z"), float),
    **dict.fromkeys(("kill_time", "first_seen", "last_seen"), datetime.fromisoformat),
    **dict.fromkeys(("zkb_fitted_value", "zkb_dropped_value", "zkb_destroyed_value", "unit_price"), Decimal),
    **dict.fromkeys(("priced_dropped_value", "priced_destroyed_value"), Decimal),
    **dict.fromkeys(
        ("zkb_npc", "zkb_solo", "zkb_awox", "rule_npc", "rule_solo", "rule_awox", "final_blow"),
        {"t": True, "f": False}.__getitem__,
    ),
}
"""How a column's text is read; all others are whole numbers."""


def read_copy(line: str, columns: tuple[str, ...]) -> dict[str, Any]:
    """One line of COPY text as PostgreSQL reads it."""
    fields = line.split("\t")
    assert len(fields) == len(columns)
    assert "\n" not in line
    return {
        name: None if field == r"\N" else _KINDS.get(name, int)(unescaped(field))
        for name, field in zip(columns, fields, strict=True)
    }


def unescaped(field: str) -> str:
    return re.sub(r"\\(.)", lambda found: _SIGNS.get(found[1], found[1]), field)


def tables_of(kills: list[oracle.Kill], zkb_texts: list[bytes | None]) -> oracle.Tables:
    """What the transform makes of these killmails, keyed like the oracle's tables."""
    rows, sightings = Rows(), Sightings()
    for (body, killmail_hash, _, source), zkb in zip(kills, zkb_texts, strict=True):
        decoded = decode(encoded(body), body["killmail_id"], killmail_hash, NOW)
        add_kill(rows, decoded, killmail_hash, decode_zkb(zkb).zkb, source)
        sightings.add(decoded.killmail)
    columns = rows.columns | sightings.rows().columns
    lines = rows.lines | sightings.rows().lines
    tables: oracle.Tables = {}
    for table, (keys, names) in oracle.TABLES.items():
        if table in oracle.DERIVED:  # derived in SQL, see db.junctions
            continue
        tables[table] = {}
        for line in lines.get(table, []):
            row = dict.fromkeys(names) | read_copy(line, columns[table])
            if table == "kills_fact":
                row |= oracle.merged(row)  # which is the database's work, see test_merged_values.py
            key = tuple(row.pop(name) for name in keys)
            assert key not in tables[table], f"{table} has {key} twice"
            tables[table][key] = row
    return tables


def kill_of(body: Json, zkb: Json | None = None) -> oracle.Kill:
    return body, oracle.killmail_hash_of(body), zkb, "r2z2"


@REPEATABLE
@given(killmails(), st.none() | zkb_blocks)
@example(kill(1), {"labels": ['"\\\t\n\r{},NULL', "", "é 😀"], "totalValue": 0.5, "fittedValue": 100.005})
@example(kill(1), {"totalValue": -0.5, "fittedValue": -1.005, "droppedValue": -0.004, "destroyedValue": -2.5})
@example(kill(1, attackers=[attacker(95_000_001, final_blow=True), attacker(2), attacker(2)]), None)
@example(kill(1, victim=victim(items=[stack(34, note='\\ "\t\n\r \\N \\. é😀')])), None)
def test_the_rows_of_a_killmail_are_those_of_the_oracle(body: Json, zkb: Json | None) -> None:
    kills = [kill_of(body, zkb)]
    text = None if zkb is None else json.dumps(zkb).encode()
    found = tables_of(kills, [text])
    expected = oracle.expected(kills)
    assert expected.keys() - found.keys() == set(oracle.DERIVED)
    assert found == {table: expected[table] for table in found}


@REPEATABLE
@given(st.lists(killmails(), max_size=5, unique_by=lambda body: body["killmail_id"]), st.randoms(use_true_random=False))
def test_who_was_seen_is_the_same_in_any_order(bodies: list[Json], shuffler: Any) -> None:
    kills = [kill_of(body) for body in bodies]
    expected = oracle.expected(kills)
    shuffler.shuffle(kills)
    tables = tables_of(kills, [None] * len(kills))
    seen = ("characters", "corporations", "alliances")
    assert {table: tables[table] for table in seen} == {table: expected[table] for table in seen}


@REPEATABLE
@given(zkb_blocks)
def test_a_zkb_change_has_the_values_that_the_killmail_would_have(zkb: Json) -> None:
    rows = Rows()
    add_zkb_change(rows, 1, decode_zkb(json.dumps(zkb).encode()).zkb)
    [line] = rows.lines["zkb_changes"]
    change = read_copy(line, rows.columns["zkb_changes"])
    assert change.pop("killmail_id") == 1
    fact = oracle.expected([kill_of(kill(1), zkb)])["kills_fact"][(1,)]
    assert change == {name: fact[name] for name in change}


@pytest.mark.parametrize(
    ("value", "whole", "cents"),
    [("0.5", "1", "0.50"), ("-0.5", "0", "-0.50"), ("-1.5", "-1", "-1.50"), ("-1.505", "-2", "-1.50")],
)
def test_isk_is_rounded_half_up_on_either_side_of_0(value: str, whole: str, cents: str) -> None:
    assert (whole_isk(Decimal(value)), isk(Decimal(value))) == (whole, cents)


@given(st.text())
@REPEATABLE
def test_any_text_comes_back_from_copy(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not set("\t\n\r") & set(escaped(text))
