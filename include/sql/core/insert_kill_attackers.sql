-- Promotes a batch's kill_attackers: all but those of killmails that core has unchanged.
-- Grain: one row per attacker. Rows of changed killmails were removed just before, in the same transaction.
INSERT INTO core.kill_attackers (
    killmail_id,
    attacker_index,
    character_id,
    corporation_id,
    alliance_id,
    faction_id,
    ship_type_id,
    weapon_type_id,
    damage_done,
    final_blow,
    security_status
)
SELECT
    killmail_id,
    attacker_index,
    character_id,
    corporation_id,
    alliance_id,
    faction_id,
    ship_type_id,
    weapon_type_id,
    damage_done,
    final_blow,
    security_status
FROM candidate.kill_attackers_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM promotion_unchanged AS unchanged
    WHERE unchanged.killmail_id = candidate.killmail_id
)
