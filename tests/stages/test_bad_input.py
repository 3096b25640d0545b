"""Bad input through the whole path on a real database: none is lost, none stops the rest, every batch adds up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import oracle
from killmart.db import staging
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from killmart.stages.build import MAX_REFETCHES, Built, build_batch
from killmart.stages.load import load
from killmart.stages.promote import promote
from pipeline import (
    FEED,
    Json,
    attacker,
    build,
    differences,
    encoded,
    give_verdict,
    kill,
    load_past_gate,
    quarantined,
    ref,
    row_versions,
    rows,
    run,
    stack,
    stage,
    states,
    victim,
)

HUGE = 2**63 - 1
ZKB: Json = {"totalValue": 10.5, "points": 3, "labels": ["pvp"], "npc": False}


class Case(NamedTuple):
    """One killmail as a feed gives it; a bad one has the reason that it must be quarantined for."""

    body: Json
    reason: str | None = None
    text: bytes | None = None
    killmail_hash: str | None = None
    zkb: Json | None = None

    def ref(self, killmail_id: int) -> Ref:
        body = self.body | {"killmail_id": killmail_id} if self.body.get("killmail_id", 0) == 0 else self.body
        changes: dict[str, Any] = {"killmail_id": killmail_id, "body": self.text or encoded(body)}
        if self.text == b"":
            changes["body"] = b""
        return ref(body, self.zkb, **changes | ({"killmail_hash": self.killmail_hash} if self.killmail_hash else {}))


def of(**changes: Any) -> Json:
    """A killmail whose id is given later."""
    return kill(0, **changes)


def twice_and_on_both_sides() -> Json:
    pilots = [attacker(95_000_001), attacker(95_000_002, final_blow=True), attacker(95_000_002), attacker(95_000_001)]
    return of(attackers=pilots)


NESTED = stack(3467, items=[stack(34, items=[stack(35), stack(36)]), stack(37)])
CASES = {
    "plain": Case(of()),
    "with zkb": Case(of(), zkb=ZKB),
    "huge and negative damage": Case(
        of(victim=victim(damage_taken=HUGE), attackers=[attacker(2, damage_done=-HUGE - 1, final_blow=True)])
    ),
    "982 attackers": Case(of(attackers=[attacker(number, final_blow=number == 1) for number in range(1, 983)])),
    "nested containers": Case(of(victim=victim(items=[NESTED, stack(38)]))),
    "a character on both sides and listed twice": Case(twice_and_on_both_sides()),
    "unknown extra fields": Case(of(weather="fine", victim=victim(items=[stack(34, colour="\u00e9")]))),
    "ids over 2^31": Case(of(war_id=HUGE, victim=victim(character_id=HUGE), attackers=[attacker(HUGE)])),
    "no final blow": Case(of(attackers=[attacker(2)])),
    "nulls": Case(of(moon_id=None, victim={"ship_type_id": 587, "damage_taken": 1, "character_id": None, "items": None})),
    "zkb without keys": Case(of(), zkb={}),
    "zkb of nulls": Case(of(), zkb=dict.fromkeys(("totalValue", "points", "labels", "npc", "locationID"))),
    "zkb with NUL and lone surrogates": Case(of(), zkb={"labels": ["a\0b", "\ud800"]}),
    "CCP VERIFIED": Case(of(), killmail_hash="CCP VERIFIED"),
    "truncated": Case(of(), "unreadable", text=encoded(kill(1))[:200]),
    "not JSON": Case(of(), "unreadable", text=b"rate limited"),
    "HTML": Case(of(), "unreadable", text=b"<html><h1>502</h1></html>"),
    "empty": Case(of(), "unreadable", text=b""),
    "deeply nested": Case(of(), "unreadable", text=b'{"a":' * 100_000),
    "lone surrogates in items": Case(of(victim=victim(items=[stack(34, note="\ud800")])), "unreadable"),
    "NUL in items": Case(of(victim=victim(items=[stack(34, note="a\0b")])), "unstorable"),
    "without a required field": Case({"killmail_id": 0, **{k: v for k, v in of().items() if k != "victim"}},
                                     "missing_field", killmail_hash="ab" * 20),
    "another killmail's body": Case(kill(1), "id_mismatch"),
    "another hash": Case(of(), "hash_mismatch", killmail_hash="0" * 40),
    "no attackers": Case(of(attackers=[]), "no_attackers"),
    "two final blows": Case(of(attackers=[attacker(2, final_blow=True)] * 2), "several_final_blows"),
    "a negative id": Case(of(attackers=[attacker(-2)]), "negative_id", killmail_hash="ab" * 20),
    "a time to come": Case(of(killmail_time="2999-01-01T00:00:00Z"), "future_time"),
    "zkb with words for numbers": Case(of(), "zkb_unreadable", zkb={"totalValue": "dear"}),
    "zkb that is a list": Case(of(), "zkb_unreadable", zkb=[1]),  # type: ignore[arg-type]
    "zkb with endless ISK": Case(of(), "zkb_unreadable", zkb={"totalValue": 1e300}),
    "zkb with too many points": Case(of(), "unstorable", zkb={"points": 2**40}),
    "zkb with too much ISK": Case(of(), "zkb_unreadable", zkb={"fittedValue": "123456789012345678901.5"}),
}
