"""One body at a time: what is good, what is refused and for which reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from killmart.model.killmail import CCP_VERIFIED
from killmart.transform.decode import Decoded, decode
from killmart.transform.defects import Defect
from support import oracle
from support.pipeline import NOW, Json, attacker, encoded, kill, stack, victim
from support.strategies import REPEATABLE, killmails

GOOD = kill(100)
HASH = oracle.killmail_hash_of(GOOD)
INT64 = 2**63 - 1


def reason_of(body: bytes, killmail_hash: str = HASH, now: datetime = NOW) -> str | None:
    """Why a body is refused, or None."""
    try:
        decode(body, 100, killmail_hash, now)
    except Defect as defect:
        return defect.reason if defect.detail else "no detail"
    return None


def decoded(body: Json) -> Decoded:
    """A body that must be good, with a hash of its own."""
    return decode(encoded(body), 100, oracle.killmail_hash_of(body), NOW)


def changed(**fields: object) -> Callable[[], bytes]:
    """The good killmail with some fields replaced; `...` removes one."""
    body = {name: value for name, value in (GOOD | fields).items() if value is not ...}
    return lambda: encoded(body)


def nested(depth: int) -> bytes:
    """A container in a container in a container."""
    opening = '[{"item_type_id": 3467, "flag": 5, "singleton": 0, "items": ' * depth
    items = opening + json.dumps([stack(34)]) + "}]" * depth
    return encoded(kill(100, victim=victim(items="HERE"))).replace(b'"HERE"', items.encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda: b"", "unreadable"),
        (lambda: b" \n", "unreadable"),
        (lambda: b"<html><body>502 Bad Gateway</body></html>", "unreadable"),
        (lambda: encoded(GOOD)[:-20], "unreadable"),
        (lambda: encoded(GOOD) + b"{}", "unreadable"),
        (lambda: b"\xef\xbb\xbf" + encoded(GOOD), "unreadable"),
        (lambda: b"\x00" * 50, "unreadable"),
        (lambda: b"[]", "unreadable"),
        (lambda: b"null", "unreadable"),
        (lambda: b'"text"', "unreadable"),
        (lambda: b"[" * 100_000, "unreadable"),
        (lambda: nested(20_000), "unreadable"),
        (lambda: encoded(GOOD)[:-1] + b', "a": NaN}', "unreadable"),
        (lambda: encoded(GOOD)[:-1] + b', "a": "\xff"}', "unreadable"),
        (changed(killmail_id="100"), "unreadable"),
        (changed(killmail_id=100.0), "unreadable"),
        (changed(killmail_id=True), "unreadable"),
        (changed(killmail_id=2**63), "unreadable"),
        (changed(killmail_id=10**400), "unreadable"),
        (changed(solar_system_id=2**31), "unreadable"),
        (changed(killmail_time=1638189296), "unreadable"),
        (changed(killmail_time="yesterday"), "unreadable"),
        (changed(victim=[]), "unreadable"),
        (changed(victim=victim(items={})), "unreadable"),
        (changed(victim=victim(items=[34])), "unreadable"),
        (changed(victim=victim(items=[stack(34, note="\ud800")])), "unreadable"),
        (changed(victim=victim(damage_taken=2**63)), "unreadable"),
        (changed(victim=victim(damage_taken=-(2**63) - 1)), "unreadable"),
        (changed(victim=victim(position={"x": 10**400, "y": 0, "z": 0})), "unreadable"),
        (changed(attackers={}), "unreadable"),
        (changed(attackers=[attacker(1, final_blow=1)]), "unreadable"),
        (changed(killmail_id=...), "missing_field"),
        (changed(killmail_id=None), "missing_field"),
        (changed(killmail_time=...), "missing_field"),
        (changed(victim=...), "missing_field"),
        (changed(attackers=...), "missing_field"),
        (changed(solar_system_id=0), "missing_field"),
        (changed(victim=victim(ship_type_id=0)), "missing_field"),
        (changed(victim=victim(items=[{"item_type_id": 34, "flag": 5}])), "missing_field"),
        (changed(victim=victim(items=[stack(34, items=[{"flag": 5, "singleton": 0}])])), "missing_field"),
        (changed(killmail_id=101), "id_mismatch"),
        (changed(killmail_hash="0" * 40), "hash_mismatch"),
        (changed(killmail_time="2021-11-29T12:34:57Z"), "hash_mismatch"),
        (changed(victim=victim(character_id=1)), "hash_mismatch"),
        (changed(victim=victim(ship_type_id=588)), "hash_mismatch"),
        (changed(attackers=[attacker(1, final_blow=True)]), "hash_mismatch"),
        (changed(victim=victim(corporation_id=-1)), "negative_id"),
        (changed(victim=victim(items=[stack(-34)])), "negative_id"),
        (changed(attackers=[attacker(-1)]), "negative_id"),
    ],
)
def test_a_bad_body_is_refused_for_its_reason(body: Callable[[], bytes], reason: str) -> None:
    assert reason_of(body()) == reason


def test_rules_that_the_hash_does_not_cover() -> None:
    assert reason_of(encoded(kill(100, attackers=[])), CCP_VERIFIED) == "no_attackers"
    both = kill(100, attackers=[attacker(2, final_blow=True), attacker(3, final_blow=True)])
    assert reason_of(encoded(both), oracle.killmail_hash_of(both)) == "several_final_blows"
    assert reason_of(encoded(GOOD), "") == "hash_mismatch"
    assert reason_of(encoded(GOOD), CCP_VERIFIED) is None


def test_ten_minutes_ahead_are_tolerated() -> None:
    killed_at = datetime(2021, 11, 29, 12, 34, 56, tzinfo=UTC)
    assert reason_of(encoded(GOOD), now=killed_at - timedelta(minutes=10)) is None
    assert reason_of(encoded(GOOD), now=killed_at - timedelta(minutes=10, seconds=1)) == "future_time"


def test_the_text_says_what_came_instead_of_a_killmail() -> None:
    for body, said in ((b"", "the body is empty"), (b" <html>", "HTML"), (b"{", "1 bytes is not readable JSON")):
        with pytest.raises(Defect, match=said):
            decode(body, 100, HASH, NOW)


def test_unknown_fields_are_named_and_left_out() -> None:
    body = kill(
        100,
        weather="fine",
        victim=victim(insurance={"a": 1}, items=[stack(34, colour=None, items=[stack(35, smell=[1])])]),
        attackers=[attacker(2, final_blow=True, mood="bad"), attacker(3)],
    )
    body["victim"]["position"] = {"x": 1, "y": 2, "z": 3, "w": 4}
    found = decoded(body)
    names = {"weather", "victim.insurance", "victim.position.w", "attackers.mood", "items.colour", "items.smell"}
    assert found.unknown_fields == names
    assert [item.item_type_id for item in found.items] == [34]
    assert [item.item_type_id for item in found.items[0].items] == [35]
    assert json.loads(bytes(found.killmail.victim.items)) == body["victim"]["items"]  # kept as ESI gave them


def test_names_of_unknown_fields_can_be_stored() -> None:
    body = encoded(GOOD)[:-1] + b', "new": 0, "\\ud800": 1, "a\\u0000b": "\\ud800", "' + b"x" * 500 + b'": 2}'
    assert decode(body, 100, HASH, NOW).unknown_fields == {"new", "\ufffd", "a\ufffdb", "x" * 100}


def test_null_is_the_same_as_absent() -> None:
    empty = {"character_id": None, "alliance_id": None, "position": None, "items": None}
    found = decoded(kill(100, war_id=None, victim=victim(**empty)))
    assert (found.killmail.victim.character_id, found.killmail.victim.position, found.items) == (None, None, [])
    held = decoded(kill(100, victim=victim(items=[stack(34, items=None, quantity_destroyed=None)])))
    assert (held.items[0].items, held.items[0].quantity_destroyed, held.unknown_fields) == ((), 0, frozenset())


@pytest.mark.parametrize("big", [2**31, INT64])
def test_ids_and_amounts_up_to_64_bits_are_read(big: int) -> None:
    pilots = [attacker(big, damage_done=-big, final_blow=True), attacker(big, damage_done=big)]
    body = kill(100, war_id=big, moon_id=big, victim=victim(damage_taken=-big - 1, character_id=big), attackers=pilots)
    body["victim"]["items"] = [stack(2**31 - 1, quantity_destroyed=big)]
    killmail = decoded(body).killmail
    assert (killmail.war_id, killmail.victim.character_id, killmail.victim.damage_taken) == (big, big, -big - 1)
    assert [one.damage_done for one in killmail.attackers] == [-big, big]


def test_982_attackers_and_containers_in_containers_are_read() -> None:
    crowd = [attacker(number, final_blow=number == 500) for number in range(1, 983)]
    assert len(decoded(kill(100, attackers=crowd)).killmail.attackers) == 982
    found = decode(nested(100), 100, HASH, NOW).items
    for _ in range(100):
        [inner] = found[0].items
        found = [inner]
    assert found[0].item_type_id == 34


def test_a_time_without_a_zone_is_utc() -> None:
    body = kill(100, killmail_time="2021-11-29T12:34:56")
    assert decoded(body).killmail.killmail_time == datetime(2021, 11, 29, 12, 34, 56, tzinfo=UTC)


@REPEATABLE
@given(killmails())
def test_every_good_killmail_is_good(body: Json) -> None:
    text = encoded(body)
    killmail_hash = oracle.killmail_hash_of(body)
    assert oracle.quarantine_reason(text, body["killmail_id"], killmail_hash, NOW) is None
    decode(text, body["killmail_id"], killmail_hash, NOW)
