-- A killmail that comes again without a zkb block keeps the one that core has for it.
-- Grain: one candidate row per killmail that core has and whose new row has no value. Idempotent.
UPDATE candidate.kills_fact_batch AS candidate SET
    total_value = kills.total_value,
    points = kills.points,
    points_source = kills.points_source,
    location_id = kills.location_id,
    fitted_value = kills.fitted_value,
    dropped_value = kills.dropped_value,
    destroyed_value = kills.destroyed_value,
    value_source = kills.value_source,
    npc = kills.npc,
    solo = kills.solo,
    awox = kills.awox,
    labels = kills.labels
FROM core.kills_fact AS kills
WHERE
    candidate.killmail_id = kills.killmail_id
    AND candidate.killmail_id IN (SELECT killmail_id FROM promotion_existing)
    AND candidate.value_source IS NULL
    AND candidate.points_source IS NULL
    AND candidate.labels IS NULL;
