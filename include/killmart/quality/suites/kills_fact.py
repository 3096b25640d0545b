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
    Check(
        "killmail_id_is_unique",
        gxe.ExpectColumnValuesToBeUnique(column="killmail_id", severity="critical"),
        "A killmail twice in one batch would be counted twice, or fail the promotion.",
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
    Check(
        "total_value_is_not_negative",
        gxe.ExpectColumnValuesToBeBetween(column="total_value", min_value=0, severity="warning"),
        "A loss is worth nothing at the least; a negative value means a broken price.",
    ),
    claim("kills_have_a_final_blow", "warning", "Rare, but real: one of the two CCP VERIFIED killmails has none."),
    claim("systems_are_known", "warning", "A system that the static data lacks: it is out of date."),
    claim("fields_are_known", "warning", "ESI has grown a field that the warehouse does not keep yet."),
]
