"""The zkb block: any key may be missing, null or written as text; what is no number or flag is refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import realdata
from killmart.model.zkb import Zkb
from killmart.transform.decode import decode_zkb
from killmart.transform.defects import Defect


def test_no_block_and_an_empty_one_say_nothing() -> None:
    assert decode_zkb(None) == decode_zkb(b"{}") == Zkb()
    nulls = b'{"locationID":null,"totalValue":null,"points":null,"npc":null,"labels":null,"hash":null}'
    assert decode_zkb(nulls) == Zkb()


def test_texts_are_taken_for_the_numbers_they_hold_and_new_keys_are_left_out() -> None:
    block = decode_zkb(b'{"totalValue":"10.50","points":"13","npc":"false","solo":1,"locationID":"60003760","new":[]}')
    assert block == Zkb(total_value=Decimal("10.50"), points=13, npc=False, solo=True, location_id=60003760)


def test_amounts_are_exact() -> None:
    block = decode_zkb(b'{"totalValue":9999999999999999.99,"fittedValue":1e3,"droppedValue":0.1}')
    assert [block.total_value, block.fitted_value, block.dropped_value] == [
        Decimal("9999999999999999.99"),
        Decimal("1e3"),
        Decimal("0.1"),
    ]


@pytest.mark.parametrize(
    "block",
    [
        b"[]",
        b'"text"',
        b"{",
        b"[" * 100_000,
        b'{"points":12.5}',
        b'{"points":"many"}',
        b'{"points":[]}',
        b'{"totalValue":true}',
        b'{"totalValue":"dear"}',
        b'{"totalValue":"NaN"}',
        b'{"totalValue":"Infinity"}',
        b'{"totalValue":1e18}',
        b'{"fittedValue":-1e999999}',
        b'{"npc":"maybe"}',
        b'{"labels":"pvp"}',
        b'{"labels":["pvp",null]}',
        b'{"labels":["\\ud800"]}',
    ],
)
def test_what_core_cannot_hold_is_refused(block: bytes) -> None:
    with pytest.raises(Defect) as refusal:
        decode_zkb(block)
    assert refusal.value.reason == "zkb_unreadable"
    assert refusal.value.detail


@realdata.needs_realdata
def test_real_blocks_are_read() -> None:
    packages = list(realdata.zkb_packages())
    for package in packages:
        block = decode_zkb(json.dumps(package.zkb).encode())
        assert block.hash == package.killmail_hash
        assert block.total_value == (Decimal(str(package.zkb["totalValue"])) if "totalValue" in package.zkb else None)
    assert packages
