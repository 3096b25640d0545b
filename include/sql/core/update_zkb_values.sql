-- Brings changed zkb blocks of killmails that core knows: price, points, labels.
-- Grain: one row per killmail. Idempotent: the same block again writes nothing. A key that the block lacks stays.
-- What a later batch has promoted already is newer and stays. Parameters: batch_id.
UPDATE core.kills_fact AS kills SET
    total_value = coalesce(changed.total_value, kills.total_value),
    points = coalesce(changed.points, kills.points),
    points_source = coalesce(changed.points_source, kills.points_source),
    location_id = coalesce(changed.location_id, kills.location_id),
    fitted_value = coalesce(changed.fitted_value, kills.fitted_value),
    dropped_value = coalesce(changed.dropped_value, kills.dropped_value),
    destroyed_value = coalesce(changed.destroyed_value, kills.destroyed_value),
    value_source = coalesce(changed.value_source, kills.value_source),
    npc = coalesce(changed.npc, kills.npc),
    solo = coalesce(changed.solo, kills.solo),
    awox = coalesce(changed.awox, kills.awox),
    labels = coalesce(changed.labels, kills.labels)
FROM candidate.zkb_changes_batch AS changed
WHERE
    kills.killmail_id = changed.killmail_id
    AND NOT EXISTS (
        SELECT 1 FROM staging.killmails AS staged
        WHERE staged.killmail_id = changed.killmail_id AND staged.promoted_batch_id > :batch_id  -- noqa: RF01
    )
    AND (
        coalesce(changed.total_value, kills.total_value),
        coalesce(changed.points, kills.points),
        coalesce(changed.points_source, kills.points_source),
        coalesce(changed.location_id, kills.location_id),
        coalesce(changed.fitted_value, kills.fitted_value),
        coalesce(changed.dropped_value, kills.dropped_value),
        coalesce(changed.destroyed_value, kills.destroyed_value),
        coalesce(changed.value_source, kills.value_source),
        coalesce(changed.npc, kills.npc),
        coalesce(changed.solo, kills.solo),
        coalesce(changed.awox, kills.awox),
        coalesce(changed.labels, kills.labels)
    ) IS DISTINCT FROM (
        kills.total_value,
        kills.points,
        kills.points_source,
        kills.location_id,
        kills.fitted_value,
        kills.dropped_value,
        kills.destroyed_value,
        kills.value_source,
        kills.npc,
        kills.solo,
        kills.awox,
        kills.labels
    )
