"""A zkb block with values that no reader takes: the feed names the killmail all the same, with what else is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from killmart.load.drain import drain
from killmart.sources.redisq import read_package
from support.installation import Installation, rows
from support.pipeline import encoded, kill, load_past_gate, ref
from support.scripted import Answer, scripted

UNTAKEABLE = {"points": "9" * 6000, "labels": "[" * 60 + '"pvp"' + "]" * 60}
"""What Python or jsonb would refuse: an integer of thousands of digits, and nesting beyond reason."""


def block_with(key: str, value: str) -> bytes:
    return f'{{"totalValue": 5, "hash": "{ref(kill(1)).killmail_hash}", "{key}": {value}}}'.encode()


@pytest.mark.parametrize("key", UNTAKEABLE)
def test_redisq_names_the_killmail_whatever_is_in_its_block(key: str) -> None:
    step = read_package(b'{"package": {"killID": 1, "zkb": ' + block_with(key, UNTAKEABLE[key]) + b"}}")
    [one] = step.refs
    assert (one.killmail_id, one.killmail_hash) == (1, ref(kill(1)).killmail_hash)
    assert json.loads(one.zkb or b"")["totalValue"] == 5


@contextmanager
def r2z2_with(*blocks: bytes) -> Iterator[str]:
    """R2Z2 with a file for each block."""
    one = ref(kill(1))
    files = {
        f"/ephemeral/{number}.json": b'{"killmail_id": 1, "hash": "%s", "sequence_id": %d, "esi": %s, "zkb": %s}'
        % (one.killmail_hash.encode(), number, encoded(kill(1)), block)
        for number, block in enumerate(blocks, 1)
    }

    def answer(path: str) -> Answer:
        if path.endswith("sequence.json"):
            return 200, {"sequence": len(blocks)}
        return (200, files[path]) if path in files else (404, b"")

    with scripted(lambda request, _: answer(request.path)) as upstream:
        yield upstream.url


@pytest.mark.parametrize("key", UNTAKEABLE)
def test_r2z2_brings_the_killmail_whatever_is_in_its_block(key: str, installation: Installation) -> None:
    with r2z2_with(block_with(key, UNTAKEABLE[key])) as url:
        runtime = installation.runtime(url, r2z2=url, feed="r2z2", r2z2_start=1)
        assert drain(runtime).with_body == 1
        load_past_gate(runtime)
    assert rows(runtime, "SELECT total_value, points, labels FROM core.kills_fact") == [(5, None, None)]
