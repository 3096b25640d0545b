-- What is here to derive killmails again: hash, feed, zkb block and body by staging, else the hash by core; and by core
-- the UTC day, in whose archive the body is. Grain: one row per id; the hash is null where nobody knows it.
-- Parameters: ids.
SELECT
    wanted.killmail_id,
    coalesce(staged.killmail_hash, kills.killmail_hash) AS killmail_hash,
    staged.feed,
    staged.zkb::text AS zkb,
    staged.body,
    (kills.kill_time AT TIME ZONE 'UTC')::date AS day
FROM unnest(cast(:ids AS bigint[])) AS wanted (killmail_id)
LEFT JOIN staging.killmails AS staged ON wanted.killmail_id = staged.killmail_id
LEFT JOIN core.kills_fact AS kills ON wanted.killmail_id = kills.killmail_id
ORDER BY wanted.killmail_id
