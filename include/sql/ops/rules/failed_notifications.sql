-- Messages that a target refused when they were tried last, or 1 while the newest one tried was refused, however long ago:
-- nothing is known of a target while nothing is sent to it. What was taken at a second attempt was refused till then.
-- Grain: one row per target that was ever sent a message. Parameters: since, at, targets (names of those notified now).
WITH tried AS (
    SELECT
        target,
        notification_id,
        least(attempted_at, :at) AS tried_at,
        (error IS NOT NULL OR attempted_at > :at)::integer AS refused
    FROM ops.notifications
    WHERE
        target = any(cast(:targets AS text[]))
        AND (attempted_at <= :at OR (attempts > 1 AND created_at <= :at))
)

SELECT
    target AS subject,
    greatest(
        sum(refused) FILTER (WHERE tried_at > :since), (array_agg(refused ORDER BY tried_at DESC, notification_id DESC))[1]
    )::double precision AS value,
    greatest(count(*) FILTER (WHERE tried_at > :since), 1) AS samples
FROM tried
GROUP BY target
