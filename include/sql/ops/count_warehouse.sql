-- What the warehouse holds. Grain: one row.
SELECT
    (SELECT count(*) FROM core.kills_fact) AS killmails,
    (SELECT count(*) FROM core.kill_attackers) AS attackers,
    (SELECT count(*) FROM core.kill_items) AS items,
    (SELECT count(*) FROM core.characters) AS characters,
    (SELECT min(kill_time) FROM core.kills_fact) AS first_kill,
    (SELECT max(kill_time) FROM core.kills_fact) AS last_kill,
    (
        SELECT count(*) FROM quality.quarantine
        WHERE resolved_at IS NULL
    ) AS quarantined
