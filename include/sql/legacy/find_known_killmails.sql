-- What the warehouse knows of killmails that an old database names: by core, by staging, by the quarantine.
-- Grain: one row per killmail that any of the three knows. Parameters: ids.
-- What core lacks, by the keys of a zkb block, is what zKillboard has not said of it: what we have worked out counts as lacking.
SELECT
    wanted.killmail_id,
    kills.killmail_hash AS core_hash,
    array_remove(
        ARRAY[
            CASE WHEN kills.zkb_total_value IS NULL THEN 'totalValue' END,
            CASE WHEN kills.zkb_points IS NULL THEN 'points' END,
            CASE WHEN kills.zkb_npc IS NULL THEN 'npc' END,
            CASE WHEN kills.zkb_solo IS NULL THEN 'solo' END,
            CASE WHEN kills.zkb_awox IS NULL THEN 'awox' END,
            CASE WHEN kills.labels IS NULL THEN 'labels' END
        ],
        NULL
    ) AS lacking,
    staged.killmail_hash AS staged_hash,
    staged.state,
    staged.zkb IS NOT NULL AS has_zkb,
    entry.quarantine_id IS NOT NULL AS is_quarantined
FROM unnest(cast(:ids AS bigint[])) AS wanted (killmail_id)
LEFT JOIN core.kills_fact AS kills ON wanted.killmail_id = kills.killmail_id
LEFT JOIN staging.killmails AS staged ON wanted.killmail_id = staged.killmail_id
LEFT JOIN quality.quarantine AS entry ON wanted.killmail_id = entry.killmail_id AND entry.resolved_at IS NULL
WHERE kills.killmail_id IS NOT NULL OR staged.killmail_id IS NOT NULL OR entry.quarantine_id IS NOT NULL
