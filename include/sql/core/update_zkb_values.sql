-- Brings changed zkb blocks of killmails that core knows: price, points, labels.
-- Grain: one row per killmail. Idempotent: the same block again writes nothing. A key that the block lacks stays, but
-- values of ours go as a whole when zKillboard's come. What a later batch has promoted already is newer and stays.
-- Parameters: batch_id.
WITH merged AS (
    SELECT
        kills.killmail_id,
        CASE
            WHEN coalesce(kills.value_source, '') != 'prices' THEN coalesce(changed.total_value, kills.total_value)
            WHEN changed.value_source IS NULL THEN kills.total_value
            ELSE changed.total_value
        END AS total_value,
        coalesce(changed.points, kills.points) AS points,
        coalesce(changed.points_source, kills.points_source) AS points_source,
        coalesce(changed.location_id, kills.location_id) AS location_id,
        CASE
            WHEN coalesce(kills.value_source, '') != 'prices' THEN coalesce(changed.fitted_value, kills.fitted_value)
            WHEN changed.value_source IS NULL THEN kills.fitted_value
            ELSE changed.fitted_value
        END AS fitted_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'prices' THEN coalesce(changed.dropped_value, kills.dropped_value)
            WHEN changed.value_source IS NULL THEN kills.dropped_value
            ELSE changed.dropped_value
        END AS dropped_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'prices' THEN coalesce(changed.destroyed_value, kills.destroyed_value)
            WHEN changed.value_source IS NULL THEN kills.destroyed_value
            ELSE changed.destroyed_value
        END AS destroyed_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'prices' THEN coalesce(changed.value_source, kills.value_source)
            WHEN changed.value_source IS NULL THEN kills.value_source
            ELSE changed.value_source
        END AS value_source,
        coalesce(changed.npc, kills.npc) AS npc,
        coalesce(changed.solo, kills.solo) AS solo,
        coalesce(changed.awox, kills.awox) AS awox,
        coalesce(changed.labels, kills.labels) AS labels
    FROM candidate.zkb_changes_batch AS changed
    INNER JOIN core.kills_fact AS kills ON changed.killmail_id = kills.killmail_id
    WHERE NOT EXISTS (
        SELECT 1 FROM staging.killmails AS staged
        WHERE staged.killmail_id = changed.killmail_id AND staged.promoted_batch_id > :batch_id  -- noqa: RF01
    )
)

UPDATE core.kills_fact AS kills SET
    total_value = merged.total_value,
    points = merged.points,
    points_source = merged.points_source,
    location_id = merged.location_id,
    fitted_value = merged.fitted_value,
    dropped_value = merged.dropped_value,
    destroyed_value = merged.destroyed_value,
    value_source = merged.value_source,
    npc = merged.npc,
    solo = merged.solo,
    awox = merged.awox,
    labels = merged.labels
FROM merged
WHERE
    kills.killmail_id = merged.killmail_id
    AND (
        merged.total_value,
        merged.points,
        merged.points_source,
        merged.location_id,
        merged.fitted_value,
        merged.dropped_value,
        merged.destroyed_value,
        merged.value_source,
        merged.npc,
        merged.solo,
        merged.awox,
        merged.labels
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
