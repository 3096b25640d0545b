-- Claim: no row of kill_characters (kill_corporations, kill_alliances) is without its killmail.
SELECT
    rows.killmail_id,
    rows.any_entity_id
FROM candidate.kill_any_entities_batch AS rows
LEFT JOIN candidate.kills_fact_batch AS kills ON rows.killmail_id = kills.killmail_id
WHERE kills.killmail_id IS NULL
