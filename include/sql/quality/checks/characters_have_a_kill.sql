-- Claim: no row of kill_characters is without its killmail.
SELECT rows.killmail_id
FROM candidate.kill_characters_batch AS rows
LEFT JOIN candidate.kills_fact_batch AS kills ON rows.killmail_id = kills.killmail_id
WHERE kills.killmail_id IS NULL
