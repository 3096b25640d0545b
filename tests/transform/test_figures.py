"""Value, points and flags as pure functions: equal to an independent computation, and blind to what must not matter."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from killmart.model.market import TOKEN, price_of
from killmart.model.static_data import TypeRow
from killmart.transform.decode import Decoded
from killmart.transform.decode import decode as decode_body
from killmart.transform.own import Own, types_of
from killmart.transform.own import own_figures as figures_of
from killmart.transform.points import MOST_POINTS
from killmart.transform.traits import traits_of
from killmart.transform.value import value_of
from support import oracle, own_figures
from support.pipeline import NOW, Json, attacker, encoded, kill, stack, victim
from support.strategies import REPEATABLE

TYPES = {
    587: own_figures.Type(25, 6, 0, None, 1),
    670: own_figures.Type(29, 6, None, None, None),
    672: own_figures.Type(31, 6, 0, None, None),
    601: own_figures.Type(237, 6, 0, None, None),
    19720: own_figures.Type(485, 6, 0, None, 4),
    29990: own_figures.Type(963, 6, 5, None, None),
    17738: own_figures.Type(27, 6, 4, None, 3),
    35832: own_figures.Type(1657, 65, None, None, 4),
    3741: own_figures.Type(99, 11, None, None, None),
    2488: own_figures.Type(100, 18, 5, None, None),
    448: own_figures.Type(52, 7, 5, 5.0, None),
    484: own_figures.Type(55, 7, 0, 2.4, None),
    2048: own_figures.Type(60, 7, 5, None, None),
    4405: own_figures.Type(645, 7, 6, None, None),
    482: own_figures.Type(54, 7, 5, 1.0, None),
    483: own_figures.Type(54, 7, 0, None, None),
    3467: own_figures.Type(12, 2, None, None, None),
    34599: own_figures.Type(1950, 91, None, None, None),
    34: own_figures.Type(18, 4, None, None, None),
}
PRICES = {one: Decimal(one * 7919 % 100_003) / 100 + Decimal("0.01") for one in TYPES if one not in (4405, 29990)}
TRAITS = traits_of(
    1,
    [
        TypeRow(
            one, t.group, t.category, None if t.meta is None else int(t.meta), t.heat, None if not t.rig else int(t.rig)
        )
        for one, t in TYPES.items()
    ],
)
BOOK = {one: TOKEN if one in TRAITS.skins else price_of(int(price * 100)) for one, price in PRICES.items()}

_types = st.sampled_from([*TYPES, 999_999])
_quantities = st.integers(0, 3) | st.integers(0, 10**9)
_flags = st.sampled_from([0, 5, 11, 18, 19, 27, 34, 35, 87, 92, 125, 132, 133])
_stacks = st.builds(
    lambda type_id, flag, singleton, dropped, destroyed: stack(
        type_id, flag=flag, singleton=singleton, quantity_dropped=dropped, quantity_destroyed=destroyed
    ),
    _types,
    _flags,
    st.integers(0, 2),
    _quantities,
    _quantities,
)
_items = st.lists(
    st.builds(lambda one, inner: one | {"items": inner} if inner else one, _stacks, st.lists(_stacks, max_size=3)),
    max_size=8,
)
_characters = st.sampled_from([None, 0, 3_999_999, 4_000_000, 95_000_001, 95_000_002])
_corporations = st.sampled_from([None, 1_000_125, 1_999_998, 1_999_999, 2_000_000, 98_000_001, 98_000_002])


def _party(**parts: Any) -> Json:
    return {name: value for name, value in parts.items() if value is not None}


@st.composite
def bodies(draw: st.DrawFn) -> Json:
    """Killmails of the few types and people that the rules distinguish."""
    attackers = [
        {"damage_done": 1, "final_blow": False, "security_status": 0.0}
        | _party(
            character_id=draw(_characters), corporation_id=draw(_corporations), ship_type_id=draw(st.none() | _types)
        )
        for _ in range(draw(st.integers(1, 6)))
    ]
    if draw(st.booleans()):
        attackers[draw(st.integers(0, len(attackers) - 1))]["final_blow"] = True
    lost = {"damage_taken": 1, "ship_type_id": draw(_types), "items": draw(_items)}
    lost |= _party(character_id=draw(_characters), corporation_id=draw(_corporations))
    killmail_id = draw(st.sampled_from([1, 23_970_576, 23_970_577, 96_000_000]))
    return kill(killmail_id, victim=lost, attackers=attackers)


def decoded(body: Json) -> Decoded:
    return decode_body(encoded(body), body["killmail_id"], oracle.killmail_hash_of(body), NOW)


def ours(body: Json) -> Own:
    found = decoded(body)
    return figures_of(found.killmail, found.items, BOOK, TRAITS)


@REPEATABLE
@given(bodies())
@example(kill(1))
@example(kill(1, victim=victim(ship_type_id=29990)))
@example(kill(1, attackers=[attacker(0, final_blow=True, ship_type_id=35832)]))
def test_figures_are_those_of_an_independent_computation(body: Json) -> None:
    found, expected = ours(body), own_figures.value(body, PRICES.get, TYPES)
    value = None if found.value is None else (Decimal(found.value.dropped) / 100, Decimal(found.value.destroyed) / 100)
    assert value == expected
    assert found.points == own_figures.points(body, TYPES)
    assert {"npc": found.npc, "solo": found.solo, "awox": found.awox} == own_figures.flags(body, TYPES)
    texts = [
        own_figures.unit_price(item, PRICES.get, TYPES) for item in own_figures.flat(body["victim"].get("items") or [])
    ]
    assert found.unit_prices == [r"\N" if price is None else f"{price:.2f}" for price in texts]
    assert types_of(decoded(body).killmail, decoded(body).items) == {
        body["victim"]["ship_type_id"],
        *(item["item_type_id"] for item in own_figures.flat(body["victim"].get("items") or [])),
    }


@REPEATABLE
@given(bodies(), st.integers())
def test_the_order_of_items_and_attackers_does_not_matter(body: Json, seed: int) -> None:
    before = ours(body)
    shuffled = copy.deepcopy(body)
    random.Random(seed).shuffle(shuffled["victim"]["items"])
    random.Random(seed).shuffle(shuffled["attackers"])
    after = ours(shuffled)
    assert after._replace(unit_prices=[]) == before._replace(unit_prices=[])
    assert sorted(after.unit_prices) == sorted(before.unit_prices)


@REPEATABLE
@given(bodies())
def test_what_lies_in_a_container_is_worth_what_it_is_worth_beside_it(body: Json) -> None:
    laid_out = copy.deepcopy(body)
    laid_out["victim"]["items"] = [
        {name: part for name, part in item.items() if name != "items"}
        for item in own_figures.flat(body["victim"]["items"])
    ]
    assert ours(laid_out).value == ours(body).value
    assert ours(laid_out).unit_prices == ours(body).unit_prices


@REPEATABLE
@given(bodies(), _stacks)
def test_one_more_stack_adds_its_price(body: Json, more: Json) -> None:
    before = ours(body).value
    body["victim"]["items"].append(more)
    after = ours(body).value
    price = int((own_figures.unit_price(more, PRICES.get, TYPES) or 0) * 100)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after.dropped - before.dropped == price * more["quantity_dropped"]
        assert after.destroyed - before.destroyed == price * more["quantity_destroyed"]
        assert after.total == after.dropped + after.destroyed


def test_blueprint_copies_and_skins_count_for_a_hundredth_of_an_isk() -> None:
    items = [stack(34, singleton=2, quantity_destroyed=5), stack(34599, quantity_destroyed=3)]
    found = ours(kill(1, victim=victim(items=items)))
    assert found.unit_prices == ["0.01", "0.01"]
    hull = BOOK[587].cents
    assert found.value is not None
    assert found.value.destroyed - hull == 8


@pytest.mark.parametrize("quantity", [2**63 - 1, -5])
def test_no_value_comes_of_quantities_that_are_none(quantity: int) -> None:
    body = kill(1, victim=victim(items=[stack(34, quantity_destroyed=quantity)]))
    assert ours(body).value is None
    assert ours(body).unit_prices == [BOOK[34].text]


def test_points_fit_their_column_whatever_is_fitted() -> None:
    body = kill(1, victim=victim(ship_type_id=19720, items=[stack(448, flag=27, quantity_destroyed=2**62)]))
    assert ours(body).points == MOST_POINTS


def test_a_rig_size_beyond_all_sizes_is_held_to_the_largest() -> None:
    traits = traits_of(1, [TypeRow(1, 25, 6, None, None, 2**31 - 1), TypeRow(2, 25, 6, None, None, -7)])
    assert dict(traits.rig_sizes) == {1: 4}


def test_without_a_price_of_the_hull_there_is_no_value_but_prices_of_the_items() -> None:
    found = decoded(kill(1, victim=victim(ship_type_id=29990)))
    value, prices = value_of(29990, found.items, BOOK)
    assert value is None
    assert prices == ["\\N" if one not in BOOK else BOOK[one].text for one in (3467, 34, 35)]
