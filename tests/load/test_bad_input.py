"""Bad input through the whole path on a real database: none is lost, none stops the rest, every batch adds up."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from killmart.db import staging
from killmart.db.batches import open_batch
from killmart.load.build import MAX_REFETCHES, Built
from killmart.load.live import load
from killmart.load.promote import promote
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from support import oracle
from support.pipeline import (
    FEED,
    Json,
    attacker,
    build,
    build_batch,
    delete_kills,
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
    zkb: Any = None

    def ref(self, killmail_id: int) -> Ref:
        """What the feed gives; a body without an id of its own has the ref's."""
        body = self.body | {"killmail_id": self.body["killmail_id"] or killmail_id}
        return Ref(
            killmail_id,
            self.killmail_hash or oracle.killmail_hash_of(body),
            None if self.zkb is None else json.dumps(self.zkb).encode(),
            encoded(body) if self.text is None else self.text,
        )


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
    "nulls": Case(
        of(moon_id=None, victim={"ship_type_id": 587, "damage_taken": 1, "character_id": None, "items": None})
    ),
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
    "a flag and a number of attackers and items at the limit": Case(
        of(
            victim=victim(items=[stack(34, flag=2**15 - 1, singleton=-(2**15)), *[stack(34)] * (2**15 - 1)]),
            attackers=[attacker(2, final_blow=True), *[attacker(3)] * (2**15 - 2)],
        )
    ),
    "a flag over 2^15": Case(of(victim=victim(items=[stack(34, flag=2**15)])), "unreadable"),
    "more attackers than a number counts": Case(of(attackers=[attacker(2)] * 2**15), "unreadable"),
    "more items than a number counts": Case(of(victim=victim(items=[stack(34)] * (2**15 + 1))), "unstorable"),
    "without a required field": Case(
        {"killmail_id": 0, **{k: v for k, v in of().items() if k != "victim"}}, "missing_field", killmail_hash="ab" * 20
    ),
    "another killmail's body": Case(kill(1), "id_mismatch"),
    "another hash": Case(of(), "hash_mismatch", killmail_hash="0" * 40),
    "no attackers": Case(of(attackers=[]), "no_attackers"),
    "two final blows": Case(of(attackers=[attacker(2, final_blow=True)] * 2), "several_final_blows"),
    "a negative id": Case(of(attackers=[attacker(-2)]), "negative_id", killmail_hash="ab" * 20),
    "a time to come": Case(of(killmail_time="2999-01-01T00:00:00Z"), "future_time"),
}
REFETCHED = {"unreadable", "missing_field", "id_mismatch", "hash_mismatch"}
IDS = {name: 1000 + number for number, name in enumerate(CASES)}


def adds_up(runtime: Runtime) -> bool:
    """Whether every finished batch is the sum of its parts."""
    query = (
        "SELECT bool_and(claimed = promoted + quarantined + known + gone) FROM staging.batches WHERE state = 'promoted'"
    )
    return bool(rows(runtime, query)[0][0])


def give_bodies_again(runtime: Runtime) -> None:
    """ESI gives the same bad bodies as the feed."""
    waiting = [name for name, killmail_id in IDS.items() if states(runtime)[killmail_id] == "pending"]
    common = {"state": "fetched", "error": None, "wait_seconds": None, "rejections": 0}
    with runtime.engine.begin() as connection:
        bodies = [{"killmail_id": IDS[name], "body": CASES[name].ref(IDS[name]).body} for name in waiting]
        staging.record_fetches(connection, [common | body for body in bodies])


def expected_core(runtime: Runtime, refs: list[Ref]) -> oracle.Tables:
    """The oracle's rows for these refs, with the zkb blocks as staging keeps them."""
    blocks = dict(rows(runtime, "SELECT killmail_id, zkb::text FROM staging.killmails"))
    return oracle.expected(
        (
            json.loads(one.body or b""),
            one.killmail_hash,
            json.loads(blocks[one.killmail_id] or "null", parse_float=oracle.Decimal),
            FEED,
        )
        for one in refs
    )


def test_everything_bad_at_once(runtime: Runtime) -> None:
    refs = {name: case.ref(IDS[name]) for name, case in CASES.items()}
    assert stage(runtime, refs.values()) == len(CASES)
    loaded = load(runtime)  # through the real gate

    good = [refs[name] for name, case in CASES.items() if case.reason is None]
    assert (loaded.blocked, loaded.inserted) == ([], len(good))
    assert differences(runtime, expected_core(runtime, good)) == []
    by_name = {name: states(runtime)[killmail_id] for name, killmail_id in IDS.items()}
    first = {
        name: "promoted" if not case.reason else "pending" if case.reason in REFETCHED else "quarantined"
        for name, case in CASES.items()
    }
    assert by_name == first

    for _ in range(MAX_REFETCHES):
        assert "pending" in states(runtime).values()
        give_bodies_again(runtime)
        load_past_gate(runtime)
    bad = {IDS[name]: case.reason for name, case in CASES.items() if case.reason}
    assert quarantined(runtime) == bad
    assert {state for killmail_id, state in states(runtime).items() if killmail_id in bad} == {"quarantined"}
    kept = dict(rows(runtime, "SELECT killmail_id, body FROM quality.quarantine"))
    assert {name: bytes(kept[IDS[name]]) for name, case in CASES.items() if case.reason} == {
        name: refs[name].body for name, case in CASES.items() if case.reason
    }
    assert rows(runtime, "SELECT count(*) FROM quality.quarantine WHERE detail = '' OR batch_id IS NULL") == [(0,)]
    assert differences(runtime, expected_core(runtime, good)) == []
    assert adds_up(runtime)


def test_what_postgresql_refuses_is_found_among_many(runtime: Runtime) -> None:
    bad = {3, 57, 58, 99}
    note = {"victim": victim(items=[stack(34, note="a\0b")])}
    stage(runtime, [ref(kill(number, **(note if number in bad else {}))) for number in range(1, 101)])
    [built] = load_past_gate(runtime)
    assert (built.candidates, built.quarantined, built.claimed) == (96, 4, 100)
    assert quarantined(runtime) == dict.fromkeys(bad, "unstorable")
    assert len(rows(runtime, "SELECT FROM core.kills_fact")) == 96


def test_a_batch_of_nothing_but_bad_killmails_is_promoted_empty(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number, attackers=[attacker(-1)])) for number in (1, 2)])
    loaded = load(runtime)
    assert (loaded.quarantined, loaded.inserted, loaded.blocked) == (2, 0, [])
    assert adds_up(runtime)


def test_a_good_body_resolves_the_quarantine(runtime: Runtime) -> None:
    bad = kill(1, victim=victim(items=[stack(34, note="a\0b")]))
    stage(runtime, [ref(bad)])
    load_past_gate(runtime)
    stage(runtime, [ref(bad)])  # the same again is no news
    assert load_past_gate(runtime) == []
    good = ref(kill(1))
    stage(runtime, [good])
    [built] = load_past_gate(runtime)
    assert states(runtime) == {1: "promoted"}
    found = rows(runtime, "SELECT resolution, resolved_by, resolved_at >= quarantined_at FROM quality.quarantine")
    assert found == [("superseded", f"batch {built.batch_id}", True)]
    assert differences(runtime, expected_core(runtime, [good])) == []


def test_a_killmail_that_was_gone_comes_back_with_a_body(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), body=None), ref(kill(2), body=None)])
    run(runtime, "UPDATE staging.killmails SET state = 'gone', rejections = 2, error = 'ESI says 422'")
    stage(runtime, [ref(kill(1), body=None)])
    assert states(runtime) == {1: "gone", 2: "gone"}
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    assert states(runtime) == {1: "promoted", 2: "gone"}
    assert rows(runtime, "SELECT error FROM staging.killmails WHERE killmail_id = 1") == [(None,)]


def test_a_known_killmail_needs_no_body(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), ZKB)])
    load_past_gate(runtime)
    run(runtime, "DELETE FROM staging.killmails")  # pruned long ago
    before = row_versions(runtime)
    stage(runtime, [ref(kill(1), body=None)])
    assert states(runtime) == {1: "fetched"}
    [built] = load_past_gate(runtime)
    assert (built.known, built.candidates, states(runtime)) == (1, 0, {1: "promoted"})
    assert row_versions(runtime) == before
    assert adds_up(runtime)


def test_a_killmail_that_core_has_lost_is_fetched_again(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    run(runtime, "DELETE FROM staging.killmails")
    stage(runtime, [ref(kill(1), body=None)])
    delete_kills(runtime)
    load_past_gate(runtime)
    assert states(runtime) == {1: "pending"}


def test_a_changed_zkb_updates_core_once(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number), ZKB | {"fittedValue": 5}) for number in (1, 2)])
    load_past_gate(runtime)
    untouched = rows(runtime, "SELECT xmin::text FROM core.kills_fact WHERE killmail_id = 2")
    change = ref(kill(1), {"totalValue": 99.5, "points": 7, "labels": ["pvp", "loc:nullsec"], "npc": True}, body=None)
    stage(runtime, [change])
    [built] = load_past_gate(runtime)
    assert (built.known, built.candidates) == (1, 0)
    query = "SELECT total_value, points, labels, npc, fitted_value FROM core.kills_fact WHERE killmail_id = 1"
    assert rows(runtime, query) == [(100, 7, ["pvp", "loc:nullsec"], True, oracle.Decimal("5.00"))]
    assert rows(runtime, "SELECT xmin::text FROM core.kills_fact WHERE killmail_id = 2") == untouched

    before = row_versions(runtime)
    stage(runtime, [change])
    assert load_past_gate(runtime) == []
    run(runtime, "UPDATE staging.killmails SET state = 'fetched'")
    assert [built.known for built in load_past_gate(runtime)] == [2]
    assert row_versions(runtime) == before
    assert adds_up(runtime)


def promote_built(runtime: Runtime, built: Built) -> tuple[int, int, int]:
    give_verdict(runtime, built.batch_id)
    promoted = promote(runtime, built.batch_id)
    return promoted.inserted, promoted.changed, promoted.unchanged


def test_a_killmail_with_another_hash_is_replaced_whole(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), ZKB), ref(kill(2))])
    load_past_gate(runtime)
    other = kill(1, victim=victim(ship_type_id=588, items=[stack(99)]), attackers=[attacker(5, final_blow=True)])
    assert ref(other).killmail_hash != ref(kill(1)).killmail_hash
    stage(runtime, [ref(other)])
    assert promote_built(runtime, build(runtime)) == (0, 1, 0)
    tables = oracle.expected(
        [(other, ref(other).killmail_hash, ZKB, FEED), (kill(2), ref(kill(2)).killmail_hash, None, FEED)]
    )
    for seen in ("characters", "corporations", "alliances"):  # who was seen once was seen
        del tables[seen]
    assert differences(runtime, tables) == []
    assert adds_up(runtime)


def test_the_same_hash_with_one_more_attacker_is_replaced_too(runtime: Runtime) -> None:
    refs = [ref(kill(number)) for number in (1, 2, 3)]
    stage(runtime, refs)
    load_past_gate(runtime)
    more = kill(1, attackers=[*kill(1)["attackers"], attacker(5)])
    fewer_items = kill(2, victim=victim(items=[]))
    again = [ref(more), ref(fewer_items), refs[2]]
    assert [one.killmail_hash for one in again] == [one.killmail_hash for one in refs]
    with runtime.engine.begin() as connection:  # as a reload does, which does not ask what is known
        batch_id = open_batch(connection, "test", FEED, None, None)
        arrivals = [Arrival(one.killmail_id, one.killmail_hash, one.body, None, FEED, known=False) for one in again]
        built = build_batch(connection, batch_id, [arrivals])
    assert promote_built(runtime, built) == (0, 2, 1)
    assert (
        differences(
            runtime, oracle.expected((json.loads(one.body or b""), one.killmail_hash, None, FEED) for one in again)
        )
        == []
    )
    assert adds_up(runtime)
