"""Checks on the batch as a whole and on candidate.kills_fact."""

from __future__ import annotations

import great_expectations.expectations as gxe

from killmart.quality.check import Check
from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim(
        "batch_adds_up",
        "critical",
        "Nothing lost: what was claimed is loaded, quarantined, known or gone, or else something was lost.",
    ),
    claim(
        "killmail_id_is_unique",
        "critical",
        "A killmail twice in one batch would be counted twice, or fail the promotion.",
    ),
    claim(
        "kills_are_filled_in",
        "critical",
        "Without its id, hash, time or place a killmail can neither be kept nor found.",
    ),
    claim("kills_have_one_victim", "critical", "A killmail is the loss of exactly one ship."),
    claim("attackers_add_up", "critical", "A killmail with fewer attackers than it says has lost some on the way."),
    claim("items_add_up", "critical", "A killmail with fewer items than it says has lost some on the way."),
    Check(
        "hash_has_its_form",
        gxe.ExpectColumnValuesToMatchRegex(
            column="killmail_hash", regex="^([0-9a-f]{40}|CCP VERIFIED)$", severity="critical"
        ),
        "ESI is asked by id and hash; a hash of another form is of no killmail.",
    ),
    claim(
        "kill_times_are_on_the_batchs_days",
        "critical",
        "A day's coverage counts the kills of that day; a kill of another one got past the rule that sends it away.",
    ),
    claim(
        "kill_times_are_not_in_the_future",
        "critical",
        "No ship is lost tomorrow; such a kill would stay the newest of every chart for good.",
    ),
    claim("kills_have_a_final_blow", "warning", "Rare, but real: one of the two CCP VERIFIED killmails has none."),
    Check(
        "total_value_is_not_negative",
        gxe.ExpectColumnValuesToBeBetween(column="total_value", min_value=0, severity="warning"),
        "A loss is worth nothing at the least; a negative value means a broken price.",
    ),
    claim("values_add_up", "warning", "The parts cannot be worth more than the whole; charts would show both."),
    claim("positions_are_whole", "warning", "Two coordinates are no place; a missing one was lost on the way."),
    claim("systems_are_known", "warning", "A system that the static data lacks: it is out of date."),
    claim(
        "fields_are_known",
        "warning",
        "ESI has grown a field that the warehouse does not keep yet, or a zkb block an odd value (`zkb.points`).",
    ),
    claim(
        "character_ids_are_in_range", "warning", "An id of another kind in this column points to nobody, or to a thing."
    ),
    claim(
        "corporation_ids_are_in_range",
        "warning",
        "An id of another kind here would found a corporation that never was.",
    ),
    claim("alliance_ids_are_in_range", "warning", "An id of another kind here would found an alliance that never was."),
    claim(
        "faction_ids_are_in_range", "warning", "Factions are few and NPC; another id means that columns got mixed up."
    ),
    claim("system_ids_are_in_range", "warning", "A place that is no solar system is on no map."),
    claim("type_ids_are_in_range", "warning", "A type of no or a negative id is no ship, weapon or item."),
    claim("volume_is_as_usual", "warning", "Half the kills of a usual day are rather a short file than a quiet day."),
    claim("newest_kill_is_fresh", "info", "The feed lags, or a backlog is worked off: what readers see is hours old."),
    claim("nulls_are_as_usual", "warning", "A column that is suddenly empty is how a field that moved shows first."),
]
