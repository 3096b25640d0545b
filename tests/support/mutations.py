"""Ways to break a good batch of real killmails, each with the checks that must notice it, and no others.

The junctions are derived again after a change to the tables that they rest on, as a fault of the transform would do.
In a statement `$` stands for the batch's number and `:kill` for a killmail of three attackers or more (all three have
a character), a victim with one and an alliance, three items or more, some dropped and some destroyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from killmart.config.sqlfiles import ENTITIES

ORPHAN = 999
UNKNOWN_SYSTEM = 30_999_999
UNKNOWN_TYPE = 4_711_000


class Mutation(NamedTuple):
    """A way to break a good batch, and the check that must notice."""

    check: str
    severity: str
    statements: str
    """Separated by semicolons."""
    together: frozenset[str] = frozenset()
    """Other checks that cannot but fail with it."""
    example: int | str | None = ":kill"
    """Killmail that the check must show; None for a check that shows no killmail."""


def _batch(assignment: str) -> str:
    return f"UPDATE staging.batches SET {assignment} WHERE batch_id = $"


def _kill(assignment: str) -> str:
    return f"UPDATE candidate.kills_fact_$ SET {assignment} WHERE killmail_id = :kill"


def _victim(assignment: str) -> str:
    return f"UPDATE candidate.kill_victims_$ SET {assignment} WHERE killmail_id = :kill"


def _attackers(assignment: str, which: str = "true") -> str:
    return f"UPDATE candidate.kill_attackers_$ SET {assignment} WHERE killmail_id = :kill AND {which}"


def _items(assignment: str, which: str = "true") -> str:
    return f"UPDATE candidate.kill_items_$ SET {assignment} WHERE killmail_id = :kill AND {which}"


def _of_all(check: str) -> frozenset[str]:
    """A check on each of the junctions."""
    return frozenset(check.replace("entities", entities) for entities in ENTITIES.values())


_FACTS = "killmail_id, killmail_hash, kill_time, system_id, items, attacker_count, item_count, source, zkb_total_value"
_STACK = "item_index, parent_index, type_id, flag, singleton, quantity_dropped, quantity_destroyed"
# Of a killmail without its victim nobody is derived, of one with two everybody twice; what they lack lacks there, too.
_ROLE, _TWICE, _FILLED = map(_of_all, ("entities_play_their_role", "entities_are_unique", "entities_are_filled_in"))
_FEWER = ";".join(
    f"DELETE FROM candidate.{table}_$ WHERE killmail_id NOT IN (SELECT killmail_id FROM kept_$)"
    for table in ("kills_fact", "kill_victims", "kill_attackers", "kill_items")
)

KILLS = [
    Mutation("batch_adds_up", "critical", _batch("claimed = claimed + 1"), example=None),
    Mutation("batch_adds_up", "critical", _batch("candidates = candidates - 1, known = known + 1"), example=None),
    Mutation(
        "killmail_id_is_unique",
        "critical",
        f"INSERT INTO candidate.kills_fact_$ ({_FACTS})"
        f" SELECT {_FACTS} FROM candidate.kills_fact_$ WHERE killmail_id = :kill;"
        + _batch("claimed = claimed + 1, candidates = candidates + 1"),
        _TWICE,
    ),
    Mutation("kills_are_filled_in", "critical", _kill("items = NULL")),
    Mutation("kills_are_filled_in", "critical", _kill("system_id = NULL"), _FILLED | {"systems_are_known"}),
    Mutation(
        "kills_have_one_victim",
        "critical",
        "INSERT INTO candidate.kill_victims_$ (killmail_id, ship_type_id, damage_taken)"
        " SELECT killmail_id, ship_type_id, damage_taken FROM candidate.kill_victims_$ WHERE killmail_id = :kill",
        _TWICE,
    ),
    Mutation(
        "kills_have_one_victim", "critical", "DELETE FROM candidate.kill_victims_$ WHERE killmail_id = :kill", _ROLE
    ),
    Mutation("attackers_add_up", "critical", _kill("attacker_count = attacker_count + 1")),
    Mutation("items_add_up", "critical", _kill("item_count = item_count - 1")),
    Mutation("items_add_up", "critical", "DELETE FROM candidate.kill_items_$ WHERE killmail_id = :kill"),
    Mutation("hash_has_its_form", "critical", _kill("killmail_hash = upper(killmail_hash)")),
    Mutation("kill_times_are_on_the_batchs_days", "critical", _kill("kill_time = kill_time - interval '1 day'")),
    Mutation(
        "kill_times_are_not_in_the_future",
        "critical",
        _kill("kill_time = now() + interval '1 hour'") + ";" + _batch("days = '{}'"),
    ),
    Mutation("kills_have_a_final_blow", "warning", _attackers("final_blow = false")),
    Mutation(
        "total_value_is_not_negative",
        "warning",
        _kill("zkb_total_value = -1, zkb_destroyed_value = NULL, zkb_dropped_value = NULL"),
    ),
    Mutation("values_add_up", "warning", _kill("zkb_destroyed_value = zkb_total_value - zkb_dropped_value + 1.01")),
    Mutation("values_add_up", "warning", _kill("zkb_destroyed_value = -0.01")),
    Mutation("positions_are_whole", "warning", _kill("position_y = NULL")),
    Mutation("systems_are_known", "warning", _kill(f"system_id = {UNKNOWN_SYSTEM}")),
    Mutation("system_ids_are_in_range", "warning", _kill("system_id = 1")),
    Mutation("fields_are_known", "warning", _batch("unknown_fields = '{weather}'"), example=None),
    Mutation(
        "volume_is_as_usual",
        "warning",
        "CREATE TEMP TABLE kept_$ AS SELECT killmail_id FROM candidate.kills_fact_$ ORDER BY killmail_id LIMIT 100;"
        + _FEWER
        + ";DROP TABLE kept_$;"
        + _batch("claimed = 100, candidates = 100"),
        example=None,
    ),
    Mutation("newest_kill_is_fresh", "info", _batch("source = 'r2z2', days = '{}'"), example="newest"),
    Mutation(
        "nulls_are_as_usual", "warning", "UPDATE candidate.kill_victims_$ SET corporation_id = NULL", example=None
    ),
    Mutation(
        "nulls_are_as_usual", "warning", "UPDATE candidate.kill_attackers_$ SET weapon_type_id = NULL", example=None
    ),
    Mutation("nulls_are_as_usual", "warning", "UPDATE candidate.kills_fact_$ SET zkb_total_value = NULL", example=None),
    Mutation("nulls_are_as_usual", "warning", "UPDATE candidate.characters_$ SET corporation_id = NULL", example=None),
]

IDS = [
    Mutation(
        "character_ids_are_in_range",
        "warning",
        _victim("character_id = 4711"),
    ),
    Mutation(
        "character_ids_are_in_range",
        "warning",
        _attackers("character_id = 98000001", "attacker_index = 0"),
    ),
    Mutation("corporation_ids_are_in_range", "warning", _victim("corporation_id = 95000001")),
    Mutation("corporation_ids_are_in_range", "warning", _attackers("corporation_id = 95000001", "attacker_index = 1")),
    Mutation("alliance_ids_are_in_range", "warning", _victim("alliance_id = 98000001")),
    Mutation("alliance_ids_are_in_range", "warning", _attackers("alliance_id = 98000001", "attacker_index = 1")),
    Mutation("faction_ids_are_in_range", "warning", _victim("faction_id = 99000001")),
    Mutation("faction_ids_are_in_range", "warning", _attackers("faction_id = 600000", "attacker_index = 1")),
    Mutation("type_ids_are_in_range", "warning", _victim("ship_type_id = 0")),
    Mutation("type_ids_are_in_range", "warning", _attackers("ship_type_id = 0", "attacker_index = 1")),
    Mutation("type_ids_are_in_range", "warning", _attackers("weapon_type_id = 0", "attacker_index = 1")),
    Mutation("type_ids_are_in_range", "warning", _items("type_id = 0", "item_index = 1")),
]

PEOPLE = [
    Mutation(
        "victims_have_a_kill",
        "critical",
        "INSERT INTO candidate.kill_victims_$ (killmail_id, ship_type_id, damage_taken)"
        " SELECT 999, ship_type_id, 1 FROM candidate.kill_victims_$ WHERE killmail_id = :kill",
        example=ORPHAN,
    ),
    Mutation("victims_are_filled_in", "critical", _victim("damage_taken = NULL"), _FILLED),
    Mutation("damage_adds_up", "warning", _victim("damage_taken = damage_taken + 1")),
    Mutation("ship_types_are_known", "warning", _victim(f"ship_type_id = {UNKNOWN_TYPE}")),
    Mutation(
        "attackers_have_a_kill",
        "critical",
        "INSERT INTO candidate.kill_attackers_$ (killmail_id, attacker_index, damage_done, final_blow, security_status)"
        " VALUES (999, 0, 1, true, 0)",
        example=ORPHAN,
    ),
    Mutation("attackers_are_filled_in", "critical", _attackers("security_status = NULL", "attacker_index = 1")),
    Mutation("attackers_are_numbered", "critical", _attackers("attacker_index = attacker_index + 1")),
    Mutation(
        "attackers_are_numbered",
        "critical",
        _attackers("attacker_index = 2", "attacker_index = 1"),
        frozenset({"characters_are_unique", "characters_fly_as_they_did"}),  # neither is the first of its pilot
    ),
    Mutation("attackers_strike_one_final_blow", "critical", _attackers("final_blow = true")),
    Mutation(
        "attacker_types_are_known", "warning", _attackers(f"weapon_type_id = {UNKNOWN_TYPE}", "attacker_index = 1")
    ),
    Mutation("attacker_types_are_known", "warning", _attackers(f"ship_type_id = {UNKNOWN_TYPE}", "attacker_index = 1")),
]

ITEMS = [
    Mutation(
        "items_have_a_kill",
        "critical",
        f"INSERT INTO candidate.kill_items_$ (killmail_id, {_STACK})"
        f" SELECT 999, {_STACK} FROM candidate.kill_items_$ WHERE killmail_id = :kill AND item_index = 0",
        example=ORPHAN,
    ),
    Mutation("items_are_filled_in", "critical", _items("flag = NULL", "item_index = 1")),
    Mutation("items_are_numbered", "critical", _items("item_index = item_index + 1")),
    Mutation("items_are_numbered", "critical", _items("item_index = 2", "item_index = 1")),
    Mutation("items_are_numbered", "critical", _items("parent_index = 1", "item_index = 1")),
    Mutation("quantity_dropped_is_not_negative", "warning", _items("quantity_dropped = -1", "quantity_dropped > 0")),
    Mutation(
        "quantity_destroyed_is_not_negative", "warning", _items("quantity_destroyed = -1", "quantity_destroyed > 0")
    ),
    Mutation("items_are_dropped_or_destroyed", "warning", _items("quantity_dropped = 1", "quantity_destroyed > 0")),
    Mutation("items_are_dropped_or_destroyed", "warning", _items("quantity_destroyed = 0", "quantity_destroyed > 0")),
    Mutation("item_types_are_known", "warning", _items(f"type_id = {UNKNOWN_TYPE}", "item_index = 1")),
]


_FLIES = "characters_fly_as_they_did"


def _junction(kind: str) -> list[Mutation]:
    """Ways to break one of the junctions."""
    entities, column = ENTITIES[kind], f"{kind}_id"
    table = f"candidate.kill_{entities}_$"
    role = f"{entities}_play_their_role"
    row = f"{table} AS rows WHERE killmail_id = :kill AND role = 'victim'"
    unseen = frozenset({_FLIES} if entities == "characters" else ())  # of nobody who was there

    copied = (
        f"ALTER TABLE {table} ALTER day DROP EXPRESSION, ALTER hour DROP EXPRESSION;"  # else to be left out by name
        f"INSERT INTO {table} SELECT (jsonb_populate_record(rows, '{{}}')).* FROM {row}"
    )
    return [
        Mutation(
            f"{entities}_have_a_kill",
            "critical",
            copied.replace("{}", '{"killmail_id": 999}'),
            unseen | {role},
            ORPHAN,
        ),
        Mutation(
            f"{entities}_are_filled_in", "critical", copied.replace("{}", f'{{"{column}": null}}'), unseen | {role}
        ),
        Mutation(f"{entities}_are_unique", "critical", copied),
        Mutation(role, "critical", f"DELETE FROM {table} WHERE killmail_id = :kill AND role = 'attacker'"),
    ]


def _in_all(check: str, *assignments: str, of: str = "victim", together: Iterable[str] = ()) -> Iterator[Mutation]:
    """A change to all three at once, which the check of each notices; they take turns in being looked at closely."""
    kinds = list(ENTITIES.values())
    for place, assignment in enumerate(assignments):
        changes = [
            f"UPDATE candidate.kill_{entities}_$ SET {assignment} WHERE killmail_id = :kill AND role = '{of}'"
            for entities in kinds
        ]
        first = check.replace("entities", kinds[place % len(kinds)])
        yield Mutation(first, "critical", ";".join(changes), _of_all(check).union(together) - {first})


_FACTS_CHECK = "entities_have_their_kills_facts"
_PLACED = "kills_are_in_their_system"
_SIDE = "UPDATE candidate.kill_characters_$ SET {} WHERE killmail_id = :kill AND role = '{}'"
JUNCTIONS = [
    *(mutation for kind in ENTITIES for mutation in _junction(kind)),
    *_in_all("entities_are_filled_in", "damage_taken = 5", of="attacker"),
    *_in_all("entities_are_filled_in", "players = NULL", "kill_time = NULL", together=_of_all(_FACTS_CHECK)),
    *_in_all("entities_play_their_role", "role = 'attacker', damage_taken = NULL", together={_FLIES}),
    *_in_all("entities_play_their_role", "also_attacked = true", "final_blow = true"),
    *_in_all("entities_play_their_role", "damage_done = damage_done + 1", "pilots = pilots + 1", of="attacker"),
    *_in_all(_FACTS_CHECK, "kill_time = kill_time + interval '1 s'", "system_id = system_id + 1", "total_value = 1"),
    *_in_all(_FACTS_CHECK, "points = 1", "solo = NOT coalesce(solo, false)", "attacker_count = attacker_count + 1"),
    *_in_all(_FACTS_CHECK, "players = players - 1", "victim_ship_type_id = 1", "damage_taken = damage_taken + 1"),
    *(
        Mutation(_FLIES, "critical", _SIDE.format(assignment, role))
        for role in ("victim", "attacker")
        for assignment in ("corporation_id = corporation_id + 1", "alliance_id = NULL", "ship_type_id = 1")
    ),
    Mutation(_PLACED, "critical", "DELETE FROM candidate.kill_systems_$ WHERE killmail_id = :kill"),
    *(
        Mutation(_PLACED, "critical", f"UPDATE candidate.kill_systems_$ SET {assignment} WHERE killmail_id = :kill")
        for assignment in (
            *("system_id = system_id + 1", "kill_time = kill_time + interval '1 s'", "total_value = 1", "points = 1"),
            *(
                "solo = NOT coalesce(solo, false)",
                "players = players - 1",
                "victim_ship_type_id = 1",
                "damage_taken = 0",
            ),
        )
    ),
]

MUTATIONS = [*KILLS, *IDS, *PEOPLE, *ITEMS, *JUNCTIONS]
