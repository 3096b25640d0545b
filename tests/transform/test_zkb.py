"""The zkb block never costs the killmail: what is no figure in it is none and is named, the others stand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from killmart.model.zkb import Zkb
from killmart.transform.zkb import DecodedZkb, decode_zkb
from support import realdata
from support.strategies import REPEATABLE

KEYS = (
    *("locationID", "hash", "fittedValue", "droppedValue", "destroyedValue", "totalValue"),
    *("points", "npc", "solo", "awox", "labels"),
)


def plain(block: bytes | None) -> Zkb:
    """A block in which nothing is odd."""
    found = decode_zkb(block)
    assert found.odd_fields == frozenset()
    return found.zkb


def test_no_block_and_an_empty_one_say_nothing() -> None:
    assert plain(None) == plain(b"{}") == plain(b"null") == Zkb()
    nulls = b'{"locationID":null,"totalValue":null,"points":null,"npc":null,"labels":null,"hash":null}'
    assert plain(nulls) == Zkb()


def test_texts_are_taken_for_the_numbers_they_hold_and_new_keys_are_left_out() -> None:
    block = plain(b'{"totalValue":"10.50","points":"13","npc":"false","solo":1,"locationID":"60003760","new":[]}')
    assert block == Zkb(total_value=Decimal("10.50"), points=13, npc=False, solo=True, location_id=60003760)


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e9999999999999999999", "1e-9999999999999999999"])
@pytest.mark.parametrize("key", ["totalValue", "points", "x"])
def test_no_exponent_costs_the_block(key: str, number: str) -> None:
    found = decode_zkb(f'{{"{key}":{number},"fittedValue":5,"solo":"?"}}'.encode())
    assert found.zkb.fitted_value == 5
    assert found.odd_fields <= {f"zkb.{key}", "zkb.solo"}


def test_amounts_are_exact() -> None:
    block = plain(b'{"totalValue":9999999999999999.99,"fittedValue":1e3,"droppedValue":0.1}')
    assert [block.total_value, block.fitted_value, block.dropped_value] == [
        Decimal("9999999999999999.99"),
        Decimal("1e3"),
        Decimal("0.1"),
    ]


@pytest.mark.parametrize("block", [b"[]", b'"text"', b"{", b"[" * 100_000, b"7", b"", b"\xff"])
def test_what_is_no_block_says_nothing_and_is_named(block: bytes) -> None:
    assert decode_zkb(block) == DecodedZkb(Zkb(), frozenset({"zkb"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("points", "12.5"),
        ("points", '"many"'),
        ("points", "[]"),
        ("points", "99999999999"),
        ("points", "9" * 6000),
        ("points", "-2147483649"),
        ("locationID", "9223372036854775808"),
        ("totalValue", "true"),
        ("totalValue", '"dear"'),
        ("totalValue", '"NaN"'),
        ("totalValue", "NaN"),
        ("totalValue", '"Infinity"'),
        ("totalValue", "1e18"),
        ("totalValue", "999999999999999999.995"),
        ("totalValue", '"1,2,3"'),
        ("totalValue", "[" * 60 + "]" * 60),
        ("fittedValue", "-1e999999"),
        ("npc", '"maybe"'),
        ("npc", '""'),
        ("solo", "2"),
        ("labels", '"pvp"'),
        ("labels", "{}"),
        ("labels", "[null]"),
        ("hash", "5"),
    ],
)
def test_an_odd_value_is_null_and_named_and_the_others_stand(key: str, value: str) -> None:
    others = {"droppedValue": 5.25, "awox": True, "destroyedValue": "6"}
    block = json.dumps(others)[:-1] + f', "{key}": {value}}}'
    expected = Zkb(dropped_value=Decimal("5.25"), awox=True, destroyed_value=Decimal(6))
    assert decode_zkb(block.encode()) == DecodedZkb(expected, frozenset({f"zkb.{key}"}))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b'{"labels":{"0":"cat:6","2":"pvp"}}', Zkb(labels=["cat:6", "pvp"])),
        (b'{"labels":["cat:6",null]}', Zkb(labels=["cat:6"])),
        (b'{"labels":[5,true,"pvp"]}', Zkb(labels=["pvp"])),
        (b'{"labels":["\\ud800","a\\u0000b","\xc3\xa9"]}', Zkb(labels=["\ufffd", "a\ufffdb", "\u00e9"])),
        (b'{"totalValue":"54,770,150.32"}', Zkb(total_value=Decimal("54770150.32"))),
    ],
)
def test_what_is_odd_but_plain_is_read_and_named(block: bytes, expected: Zkb) -> None:
    found = decode_zkb(block)
    assert found.zkb == expected
    assert found.odd_fields == {"zkb." + next(iter(json.loads(block)))}


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["1,000", "NaN", "-Infinity", "1e400", "0x1", "\ud800", "\0", 10**400, -(2**63) - 1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@REPEATABLE
@given(st.dictionaries(st.sampled_from(KEYS), ANY_JSON), st.sampled_from(KEYS))
def test_any_json_in_any_key_leaves_the_other_keys_as_they_would_be_alone(block: dict[str, Any], left_out: str) -> None:
    whole, rest = (
        decode_zkb(json.dumps(some).encode())
        for some in (block, {key: value for key, value in block.items() if key != left_out})
    )
    assert whole.odd_fields <= {f"zkb.{key}" for key in block}
    assert whole.odd_fields - {f"zkb.{left_out}"} == rest.odd_fields
    names = {field: getattr(rest.zkb, field) for field in Zkb.__struct_fields__ if getattr(rest.zkb, field) is not None}
    assert {name: getattr(whole.zkb, name) for name in names} == names
    for amount in (whole.zkb.total_value, whole.zkb.fitted_value, whole.zkb.dropped_value, whole.zkb.destroyed_value):
        assert amount is None or abs(round(amount, 2)) < 10**18
    assert whole.zkb.points is None or abs(whole.zkb.points) < 2**31 + 1
    assert all("\0" not in label and label.encode() for label in whole.zkb.labels or ())


@realdata.needs_realdata
def test_real_blocks_are_read() -> None:
    packages = list(realdata.zkb_packages())
    for package in packages:
        block = plain(json.dumps(package.zkb).encode())
        assert block.hash == package.killmail_hash
        assert block.total_value == (Decimal(str(package.zkb["totalValue"])) if "totalValue" in package.zkb else None)
    assert packages
