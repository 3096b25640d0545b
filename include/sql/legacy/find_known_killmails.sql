-- What the warehouse knows of killmails that an old database names: by core, by staging, by the quarantine.
-- Grain: one row per killmail that any of the three knows. Parameters: ids.
-- What core lacks is what zKillboard has not said of it: what we have worked out counts as lacking.
SELECT
    wanted.killmail_id,
    kills.killmail_hash AS core_hash,
    kills.zkb_total_value IS NULL AS lacks_value,
    kills.zkb_points IS NULL AS lacks_points,
    num_nulls(kills.zkb_npc, kills.zkb_solo, kills.zkb_awox) > 0 AS lacks_flags,
    kills.labels IS NULL AS lacks_labels,
    staged.killmail_hash AS staged_hash,
    staged.state,
    staged.zkb IS NOT NULL AS has_zkb,
    entry.quarantine_id IS NOT NULL AS is_quarantined
FROM unnest(cast(:ids AS bigint[])) AS wanted (killmail_id)
LEFT JOIN core.kills_fact AS kills ON wanted.killmail_id = kills.killmail_id
LEFT JOIN staging.killmails AS staged ON wanted.killmail_id = staged.killmail_id
LEFT JOIN quality.quarantine AS entry ON wanted.killmail_id = entry.killmail_id AND entry.resolved_at IS NULL
WHERE kills.killmail_id IS NOT NULL OR staged.killmail_id IS NOT NULL OR entry.quarantine_id IS NOT NULL
