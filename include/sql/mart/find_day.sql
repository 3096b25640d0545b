-- The UTC day of a killmail. Grain: one row or none. Parameters: killmail_id.
SELECT day
FROM core.kill_systems
WHERE killmail_id = :killmail_id
