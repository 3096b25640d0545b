"""One definition of an NPC: the function in SQL and its twin in Python are the same, and nobody has another."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from killmart.config.settings import PROJECT
from killmart.model.npc import is_npc
from killmart.runtime import Runtime
from support.pipeline import attacker, kill, load_past_gate, ref, rows, stage, victim
from support.strategies import REPEATABLE

_EDGES = [0, 1, 999_999, 1_000_000, 1_999_998, 1_999_999, 2_000_000, 2_999_999, 3_000_000, 3_999_999, 4_000_000]
_EDGES += [89_999_999, 90_000_000, 98_000_000, 2_147_483_647, 2_147_483_648, 2**63 - 1]
_ids = st.none() | st.sampled_from(_EDGES) | st.integers(0, 2**63 - 1)


@settings(REPEATABLE, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_ids, _ids), min_size=1, max_size=200))
@example([(one, other) for one in (None, *_EDGES) for other in (None, *_EDGES)])
def test_both_say_the_same_of_all_ids(runtime: Runtime, pairs: list[tuple[int | None, int | None]]) -> None:
    query = """SELECT core.is_npc(character_id, corporation_id)
        FROM unnest(cast(:characters AS bigint[]), cast(:corporations AS bigint[]))
        WITH ORDINALITY AS pairs (character_id, corporation_id, place) ORDER BY place"""
    characters, corporations = ([pair[place] for pair in pairs] for place in (0, 1))
    found = [row[0] for row in rows(runtime, query, characters=characters, corporations=corporations)]
    assert found == [is_npc(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("character_id", "corporation_id", "expected"),
    [
        (None, None, True),
        (None, 1_000_125, True),  # pirates
        (3_019_582, 1_000_298, True),  # a Triglavian with a character of its own
        (None, 98_000_001, False),  # a structure
        (None, 284_000_001, False),  # that of a corporation of the old ids
        (95_000_001, 1_000_125, False),  # a player in a corporation of CCP's
        (2_112_000_001, None, False),
    ],
)
def test_what_real_killmails_have(character_id: int | None, corporation_id: int | None, expected: bool) -> None:
    assert is_npc(character_id, corporation_id) == expected


def test_the_planner_puts_the_function_into_the_query(runtime: Runtime) -> None:
    plan = rows(
        runtime, "EXPLAIN VERBOSE SELECT FROM core.kill_attackers WHERE NOT core.is_npc(character_id, corporation_id)"
    )
    assert not any("is_npc" in line for (line,) in plan)
    assert any("3999999" in line for (line,) in plan)


def test_readers_may_ask_it(runtime: Runtime) -> None:
    asked = "has_function_privilege('killmart_reader', 'core.is_npc(bigint, bigint)', 'EXECUTE')"
    assert rows(runtime, f"SELECT {asked}") == [(True,)]


def test_the_bounds_stand_nowhere_else() -> None:
    """Ids of kinds that the gate knows, such as those of NPC corporations, are another matter."""
    bounds = re.compile(r"\b(1_?999_?999|2_?000_?000|3_?999_?999|4_?000_?000)\b")
    found = {
        str(path.relative_to(PROJECT))
        for folder in ("include", "migrations", "dags", "plugins")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".py", ".sql", ".html") and bounds.search(path.read_text())
    }
    assert found == {
        "include/killmart/model/npc.py",
        "migrations/sql/0001_warehouse/2_core.sql",
        "migrations/head.sql",  # made of it
        "include/sql/quality/summaries/create_id_ranges.sql",
    }


def test_an_npc_with_a_character_loses_no_players_ship(runtime: Runtime) -> None:
    npc = victim(character_id=3_019_582, corporation_id=1_000_298)
    stage(runtime, [ref(kill(1)), ref(kill(2, victim=npc)), ref(kill(3, attackers=[attacker(3_019_582)]))])
    load_past_gate(runtime)
    assert rows(runtime, "SELECT killmail_id FROM core.losses_fact ORDER BY 1") == [(1,), (3,)]
