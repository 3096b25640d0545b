-- A killmail that comes again keeps what core knows of its zkb block, key by key, where its new row lacks it.
-- Grain: one candidate row per killmail that core has. Idempotent.
UPDATE candidate.kills_fact_batch AS candidate SET
    total_value = coalesce(candidate.total_value, kills.total_value),
    points = coalesce(candidate.points, kills.points),
    points_source = coalesce(candidate.points_source, kills.points_source),
    location_id = coalesce(candidate.location_id, kills.location_id),
    fitted_value = coalesce(candidate.fitted_value, kills.fitted_value),
    dropped_value = coalesce(candidate.dropped_value, kills.dropped_value),
    destroyed_value = coalesce(candidate.destroyed_value, kills.destroyed_value),
    value_source = coalesce(candidate.value_source, kills.value_source),
    npc = coalesce(candidate.npc, kills.npc),
    solo = coalesce(candidate.solo, kills.solo),
    awox = coalesce(candidate.awox, kills.awox),
    labels = coalesce(candidate.labels, kills.labels)
FROM core.kills_fact AS kills
WHERE
    candidate.killmail_id = kills.killmail_id
    AND candidate.killmail_id IN (SELECT killmail_id FROM promotion_existing);
