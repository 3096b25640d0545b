-- Promotes a batch's kill_victims: all but those of killmails that core has unchanged.
-- Grain: one row per killmail. Rows of changed killmails were removed just before, in the same transaction.
INSERT INTO core.kill_victims (
    killmail_id,
    character_id,
    corporation_id,
    alliance_id,
    faction_id,
    ship_type_id,
    damage_taken
)
SELECT
    killmail_id,
    character_id,
    corporation_id,
    alliance_id,
    faction_id,
    ship_type_id,
    damage_taken
FROM candidate.kill_victims_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM promotion_unchanged AS unchanged
    WHERE unchanged.killmail_id = candidate.killmail_id
)
