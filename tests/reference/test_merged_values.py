"""Core itself merges what is given and what is worked out: the same whatever comes when, never written in vain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from killmart.db import batches
from killmart.db.promotion import promote_candidate
from killmart.load.promote import promote
from killmart.model.ref import Arrival
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from support import oracle, own_figures
from support.pipeline import (
    Json,
    build,
    build_batch,
    differences,
    empty_warehouse,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stack,
    stage,
    victim,
)
from support.strategies import REPEATABLE
from support.valued import generated_types, load_types

DAY = date(2021, 11, 29)
NOON = datetime(2021, 11, 29, 12, tzinfo=UTC)
PRICES = {587: Decimal(1000), 34: Decimal("1.5"), 35: Decimal(7)}
BODIES = [
    kill(1, victim=victim(items=[stack(34), stack(448, flag=20)])),
    kill(1, victim=victim(items=[stack(35, quantity_dropped=3), stack(34)], damage_taken=8)),
]
"""The same killmail twice, the second one as EVE's servers corrected it."""
ZKB: Json = {"totalValue": 123.45, "fittedValue": 100.0, "droppedValue": 23.45, "destroyedValue": 100.0, "points": 7}
ZKB |= {"npc": True, "solo": False, "awox": True, "locationID": 40_000_001, "labels": ["pvp"]}


def bring(runtime: Runtime, body: Json, zkb: Json | None) -> None:
    """The killmail comes with its body, as the file of a day that is loaded again brings it."""
    of = ref(body, zkb)
    arrival = Arrival(of.killmail_id, of.killmail_hash, of.body, of.zkb, "r2z2", known=False)
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, "r2z2", None, None)
        build_batch(connection, batch_id, [[arrival]])
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)


class Warehouse:
    """One killmail, of which things come one by one."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        empty_warehouse(runtime)
        self.given: Json = {}
        self.last = 0
        self.do_forget()

    def do(self, action: str, *details: Any) -> None:
        before, before_at = self.seen(), self.changed_at()
        getattr(self, f"do_{action}")(*details)
        after_at = self.changed_at()
        if before_at is not None:  # it moves if and only if a reader sees something else
            assert (after_at > before_at) is (self.seen() != before), (action, details)
            assert after_at >= before_at

    def do_body(self, which: int, keys: frozenset[str] | None) -> None:
        self.last = which
        bring(self.runtime, BODIES[which], self._block(keys))

    def do_zkb(self, keys: frozenset[str]) -> None:
        """A feed names the killmail, and brings its body where core has not got it yet."""
        stage(self.runtime, [ref(BODIES[self.last], self._block(keys))])
        load_past_gate(self.runtime)

    def _block(self, keys: frozenset[str] | None) -> Json | None:
        block = None if keys is None else {name: value for name, value in ZKB.items() if name in keys}
        self.given |= block or {}
        return block

    def do_prices(self) -> None:
        run(
            self.runtime,
            """WITH build AS (
                INSERT INTO reference.sde_builds VALUES (1, now(), now(), 0, 0, 0, 0) ON CONFLICT DO NOTHING
            )
            INSERT INTO reference.market_prices (type_id, day, average)
            SELECT type_id, :day, average FROM unnest(:types, cast(:averages AS numeric[])) AS prices (type_id, average)
            ON CONFLICT DO NOTHING""",
            day=DAY,
            types=[*PRICES],
            averages=[*PRICES.values()],
        )

    def do_forget(self) -> None:
        """Static data and prices are not there any more; a load then works out nothing."""
        run(self.runtime, "DELETE FROM reference.market_prices; DELETE FROM reference.sde_builds")

    def do_fill(self) -> None:
        run(self.runtime, "DELETE FROM quality.value_spread")  # every day is looked at
        fill_values(self.runtime)

    def changed_at(self) -> Any:
        found = rows(self.runtime, "SELECT changed_at FROM core.kills_fact")
        return found[0][0] if found else None

    def seen(self) -> list[tuple[Any, ...]]:
        """All that a reader may see of the killmail, but for when and from where it came."""
        fact = "to_jsonb(kills) - 'changed_at' - 'promoted_at' - 'source'"
        return rows(
            self.runtime,
            f"""SELECT ({fact})::text FROM core.kills_fact AS kills
            UNION ALL SELECT to_jsonb(victims)::text FROM core.kill_victims AS victims
            UNION ALL SELECT to_jsonb(attackers)::text FROM core.kill_attackers AS attackers
            UNION ALL SELECT to_jsonb(items)::text FROM core.kill_items AS items ORDER BY 1""",
        )


@pytest.fixture
def with_types(runtime: Runtime) -> Runtime:
    load_types(runtime.engine, generated_types())
    return runtime


_keys = st.frozensets(st.sampled_from(sorted(ZKB)))
_actions = st.one_of(
    st.tuples(st.just("body"), st.sampled_from([0, 1]), st.none() | _keys),
    st.tuples(st.just("zkb"), _keys),
    st.tuples(st.just("prices")),
    st.tuples(st.just("forget")),
    st.tuples(st.just("fill")),
)
_VALUES = frozenset({"totalValue", "droppedValue"})


_ENDINGS: list[list[tuple[Any, ...]]] = [
    [("prices",), ("body", 1, None), ("fill",)],
    [("forget",), ("body", 1, None), ("prices",), ("fill",)],
]


@settings(REPEATABLE, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(_actions, max_size=8), last=st.sampled_from(_ENDINGS))
@example([("prices",), ("zkb", frozenset({"droppedValue"})), ("body", 1, None), ("zkb", frozenset(ZKB))], _ENDINGS[0])
@example(
    [("zkb", frozenset({"droppedValue", "npc"})), ("prices",), ("fill",), ("forget",), ("body", 1, None)], _ENDINGS[0]
)
@example([("prices",), ("body", 0, _VALUES), ("forget",), ("fill",), ("zkb", frozenset({"points"}))], _ENDINGS[0])
@example([("prices",), ("body", 0, _VALUES)], _ENDINGS[1])
def test_whatever_comes_when_readers_see_the_same(
    with_types: Runtime, actions: list[tuple[Any, ...]], last: list[tuple[Any, ...]]
) -> None:
    runtime = with_types
    warehouse = Warehouse(runtime)
    for action in actions:
        warehouse.do(*action)
    for action in last:
        warehouse.do(*action)
    kills = [(BODIES[1], oracle.killmail_hash_of(BODIES[1]), warehouse.given, "r2z2")]
    expected = oracle.expected(kills)
    own_figures.add_to(expected, kills, lambda body: PRICES.get, generated_types())
    assert differences(runtime, expected) == []

    versions = row_versions(runtime)
    again = [*last, ("zkb", frozenset(warehouse.given)), ("forget",), ("body", 1, None), ("prices",), ("fill",)]
    for action in again:
        warehouse.do(*action)
    assert row_versions(runtime) == versions  # which holds changed_at, too


def test_the_rule_is_the_database_s_for_every_combination(runtime: Runtime) -> None:
    values = product((None, 10), (None, Decimal("1.25")), (None, 3), (None, Decimal("2.50")))
    flags = product((None, 4), (None, 5), (None, False, True), (None, False, True))
    facts: list[dict[str, Any]] = []
    for (total, part, priced, priced_part), (points, ruled, told, worked_out) in product(values, flags):
        facts.append(
            {
                "zkb_total_value": total,
                **{f"zkb_{name}_value": part for name in ("fitted", "dropped", "destroyed")},
                "priced_value": priced,
                **{f"priced_{name}_value": priced_part for name in ("dropped", "destroyed")},
                "zkb_points": points,
                "rule_points": ruled,
                **{f"zkb_{name}": told for name in ("npc", "solo", "awox")},
                **{f"rule_{name}": worked_out for name in ("npc", "solo", "awox")},
            }
        )
    fixed = {"killmail_hash": "", "kill_time": NOON, "system_id": 1, "items": "[]", "source": "", "item_count": 0}
    known = [{"killmail_id": number, "attacker_count": 1} | fixed | fact for number, fact in enumerate(facts)]
    columns = ", ".join(f":{name}" for name in known[0])
    with runtime.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO core.kills_fact ({', '.join(known[0])}) VALUES ({columns})"), known)
    query = f"SELECT {', '.join(oracle.MERGED)} FROM core.kills_fact ORDER BY killmail_id"
    found = [dict(zip(oracle.MERGED, row, strict=True)) for row in rows(runtime, query)]
    assert found == [oracle.merged(fact) for fact in facts]


@pytest.mark.parametrize("column", oracle.MERGED)
def test_nobody_can_write_what_is_merged(runtime: Runtime, column: str) -> None:
    with pytest.raises(ProgrammingError, match="can only be updated to DEFAULT"):
        run(runtime, f"UPDATE core.kills_fact SET {column} = NULL")


def test_the_gate_sees_what_readers_would_see(runtime: Runtime) -> None:
    load_types(runtime.engine, generated_types())
    run(runtime, "INSERT INTO reference.market_prices VALUES (587, :day, 1000)", day=DAY)
    stage(runtime, [ref(kill(1), {"points": 3}), ref(kill(2), {"totalValue": 5.5})])
    batch_id = build(runtime).batch_id
    query = "SELECT killmail_id, total_value, value_source, points, points_source FROM {} ORDER BY 1"
    judged = rows(runtime, query.format(f"candidate.kills_fact_{batch_id}"))
    assert judged == [(1, 1000, "prices", 3, "zkb"), (2, 6, "zkb", 1, "rule")]
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)
    assert rows(runtime, query.format("core.kills_fact")) == judged


def test_changes_are_told_in_the_order_in_which_they_became_visible(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), {"points": 1})])
    slow = build(runtime).batch_id
    give_verdict(runtime, slow)
    with runtime.engine.begin() as connection:
        connection.execute(text("SELECT 1"))  # its transaction, and so now(), begins before the other one
        bring(runtime, kill(2), None)
        promote_candidate(connection, slow)
    found = rows(runtime, "SELECT killmail_id, promoted_at, changed_at FROM core.kills_fact ORDER BY killmail_id")
    [(_, slow_promoted, slow_changed), (_, quick_promoted, quick_changed)] = found
    assert slow_promoted < quick_promoted
    assert slow_changed > quick_changed
