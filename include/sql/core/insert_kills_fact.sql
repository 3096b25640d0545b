-- Promotes a batch's kills_fact: all but those of killmails that core has unchanged.
-- Grain: one row per killmail. Rows of changed killmails were removed just before, in the same transaction.
INSERT INTO core.kills_fact (
    killmail_id,
    killmail_hash,
    kill_time,
    system_id,
    total_value,
    points,
    points_source,
    position_x,
    position_y,
    position_z,
    items,
    attacker_count,
    item_count,
    war_id,
    moon_id,
    location_id,
    fitted_value,
    dropped_value,
    destroyed_value,
    value_source,
    npc,
    solo,
    awox,
    labels,
    source
)
SELECT
    killmail_id,
    killmail_hash,
    kill_time,
    system_id,
    total_value,
    points,
    points_source,
    position_x,
    position_y,
    position_z,
    items,
    attacker_count,
    item_count,
    war_id,
    moon_id,
    location_id,
    fitted_value,
    dropped_value,
    destroyed_value,
    value_source,
    npc,
    solo,
    awox,
    labels,
    source
FROM candidate.kills_fact_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM promotion_unchanged AS unchanged
    WHERE unchanged.killmail_id = candidate.killmail_id
)
