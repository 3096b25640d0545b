-- Brings changed zkb blocks of killmails that core knows. Grain: one row per killmail, its id. Idempotent: the same block again
-- writes nothing. A key that the block lacks stays. What a later batch has promoted already is newer and stays.
-- Parameters: batch_id, lowest and highest (ids, both included, between which the batch's killmails lie).
WITH merged AS (
    SELECT
        changed.killmail_id,
        coalesce(changed.location_id, kills.location_id) AS location_id,
        coalesce(changed.labels, kills.labels) AS labels,
        coalesce(changed.zkb_total_value, kills.zkb_total_value) AS zkb_total_value,
        coalesce(changed.zkb_fitted_value, kills.zkb_fitted_value) AS zkb_fitted_value,
        coalesce(changed.zkb_dropped_value, kills.zkb_dropped_value) AS zkb_dropped_value,
        coalesce(changed.zkb_destroyed_value, kills.zkb_destroyed_value) AS zkb_destroyed_value,
        coalesce(changed.zkb_points, kills.zkb_points) AS zkb_points,
        coalesce(changed.zkb_npc, kills.zkb_npc) AS zkb_npc,
        coalesce(changed.zkb_solo, kills.zkb_solo) AS zkb_solo,
        coalesce(changed.zkb_awox, kills.zkb_awox) AS zkb_awox
    FROM candidate.zkb_changes_batch AS changed
    INNER JOIN core.kills_fact AS kills ON changed.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest AND NOT EXISTS (
        SELECT 1 FROM staging.killmails AS staged
        WHERE staged.killmail_id = changed.killmail_id AND staged.promoted_batch_id > :batch_id  -- noqa: RF01
    )
)

UPDATE core.kills_fact AS kills SET
    changed_at = statement_timestamp(),
    location_id = merged.location_id,
    labels = merged.labels,
    zkb_total_value = merged.zkb_total_value,
    zkb_fitted_value = merged.zkb_fitted_value,
    zkb_dropped_value = merged.zkb_dropped_value,
    zkb_destroyed_value = merged.zkb_destroyed_value,
    zkb_points = merged.zkb_points,
    zkb_npc = merged.zkb_npc,
    zkb_solo = merged.zkb_solo,
    zkb_awox = merged.zkb_awox
FROM merged
WHERE
    kills.killmail_id = merged.killmail_id
    AND kills.killmail_id BETWEEN :lowest AND :highest
    AND (
        merged.location_id,
        merged.labels,
        merged.zkb_total_value,
        merged.zkb_fitted_value,
        merged.zkb_dropped_value,
        merged.zkb_destroyed_value,
        merged.zkb_points,
        merged.zkb_npc,
        merged.zkb_solo,
        merged.zkb_awox
    ) IS DISTINCT FROM (
        kills.location_id,
        kills.labels,
        kills.zkb_total_value,
        kills.zkb_fitted_value,
        kills.zkb_dropped_value,
        kills.zkb_destroyed_value,
        kills.zkb_points,
        kills.zkb_npc,
        kills.zkb_solo,
        kills.zkb_awox
    )
RETURNING kills.killmail_id
