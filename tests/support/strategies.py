"""Hypothesis strategies for killmails as ESI gives them, with everything that real ones have been seen to hold.

Pilots, corporations and times come from small pools, so that pilots meet again: on both sides of a killmail, twice
among its attackers, at the same second on another killmail.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

Json = dict[str, Any]

REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=60)
"""The same examples in every run, without a time limit for each."""

_INT64 = 2**63 - 1
_pilots = st.sampled_from([2_112_000_001, 2_112_000_002, 95_000_003, 3_019_582, 3_000_000_004, _INT64])
_corporations = st.sampled_from([98_000_001, 98_000_002, 1_000_125, 4_000_000_003])
_alliances = st.sampled_from([99_000_001, 99_000_002, 5_000_000_000])
_types = st.integers(1, 2**31 - 1)
_damage = st.one_of(st.integers(0, 5000), st.sampled_from([0, -1, 2**31, 2**40, -(2**63), _INT64]))
_quantities = st.one_of(st.none(), st.integers(0, 3), st.sampled_from([2**31, _INT64]))
_metres = st.one_of(st.integers(-(10**13), 10**13), st.floats(-1e13, 1e13))
_times = st.sampled_from([f"2021-11-29T0{hour}:00:0{second}Z" for hour in range(3) for second in range(2)])


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or what means the same as no value: null and 0."""
    return st.one_of(values, values, values, st.none(), st.just(0))


_PARTY = {
    "character_id": _maybe(_pilots),
    "corporation_id": _maybe(_corporations),
    "alliance_id": _maybe(_alliances),
    "faction_id": _maybe(st.just(500_001)),
}
_STACK = {"item_type_id": _types, "flag": st.integers(0, 179), "singleton": st.integers(0, 2)}
_QUANTITIES = {"quantity_dropped": _quantities, "quantity_destroyed": _quantities, "unheard_of": st.text(max_size=3)}


def _stacks(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Json]]:
    stack = st.fixed_dictionaries(_STACK, optional={**_QUANTITIES, "items": inside})
    return st.lists(stack, max_size=3)


_items = _stacks(st.one_of(st.none(), _stacks(st.one_of(st.none(), _stacks(st.none())))))
_unstorable_free = st.characters(exclude_categories=["Cs"], exclude_characters="\0")

_victims = st.fixed_dictionaries(
    {"ship_type_id": _types, "damage_taken": _damage},
    optional={
        **_PARTY,
        "items": st.one_of(st.none(), _items),
        "position": st.one_of(st.none(), st.fixed_dictionaries(dict.fromkeys("xyz", _metres))),
    },
)
_attackers = st.fixed_dictionaries(
    {"damage_done": _damage, "final_blow": st.just(False), "security_status": st.floats(-10, 10) | st.integers(-10, 5)},
    optional={**_PARTY, "ship_type_id": _maybe(_types), "weapon_type_id": _maybe(_types)},
)


@st.composite
def killmails(draw: st.DrawFn, ids: st.SearchStrategy[int] = st.integers(1, _INT64)) -> Json:  # noqa: B008
    """A good killmail: one final blow at most, no negative id, no character that jsonb refuses."""
    body: Json = draw(
        st.fixed_dictionaries(
            {
                "killmail_id": ids,
                "killmail_time": _times,
                "solar_system_id": st.integers(30_000_001, 30_000_003),
                "victim": _victims,
                "attackers": st.lists(_attackers, min_size=1, max_size=5),
            },
            optional={"war_id": _maybe(_pilots), "moon_id": _maybe(_pilots), "unheard_of": st.text(max_size=3)},
        )
    )
    body["attackers"] = [dict(attacker) for attacker in body["attackers"]]
    finisher = draw(st.integers(0, len(body["attackers"])))  # the last one is nobody
    if finisher < len(body["attackers"]):
        body["attackers"][finisher]["final_blow"] = True
    return _without_nul(body)


def _without_nul(value: Any) -> Any:
    """The same with texts that jsonb keeps."""
    if isinstance(value, dict):
        return {name: _without_nul(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_without_nul(entry) for entry in value]
    return value.replace("\0", "0") if isinstance(value, str) else value


_isk = st.one_of(st.none(), st.integers(-1000, 10**14).map(lambda cents: cents / 100), st.integers(-(10**6), 10**17))
_flags = st.one_of(st.none(), st.booleans())
zkb_blocks: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "locationID": _maybe(st.integers(1, _INT64)),
        "hash": st.just("ab" * 20),
        "fittedValue": _isk,
        "droppedValue": _isk,
        "destroyedValue": _isk,
        "totalValue": _isk,
        "points": st.one_of(st.none(), st.integers(0, 10**6)),
        "npc": _flags,
        "solo": _flags,
        "awox": _flags,
        "labels": st.one_of(st.none(), st.lists(st.text(_unstorable_free, max_size=4), max_size=3)),
        "unheard_of": st.just({"a": [1, None]}),
    },
)
"""zKillboard's block: any key may be missing or null, any may be new."""
