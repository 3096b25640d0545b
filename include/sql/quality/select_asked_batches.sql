-- Blocked batches of which somebody was asked, and whose question this Airflow has to look after: its own ones, and those that
-- no other Airflow has looked after for two hours, or since this one built its first batch: it may have come in its place, its
-- database lost with its name. Grain: one row per batch, the oldest first. Parameters: installation.
SELECT batches.batch_id
FROM staging.batches
WHERE
    batches.state = 'blocked'
    AND (
        batches.asked_by = :installation
        OR ops.seconds_left(batches.asked_at + interval '2 hours', 7200) = 0
        OR batches.asked_at < coalesce(
            (
                SELECT own.built_at
                FROM staging.batches AS own
                WHERE own.installation = :installation
                ORDER BY own.built_at
                LIMIT 1
            ),
            'infinity'
        )
    )
    AND batches.asked_at IS NOT NULL
ORDER BY batches.batch_id
