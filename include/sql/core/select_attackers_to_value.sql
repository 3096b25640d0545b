-- The attackers of killmails as far as points and flags rest on them. Grain: one row per attacker. Parameters: ids.
SELECT
    killmail_id,
    character_id,
    corporation_id,
    ship_type_id,
    final_blow
FROM core.kill_attackers
WHERE killmail_id = any(:ids)
ORDER BY killmail_id, attacker_index
