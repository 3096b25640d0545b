-- Records a hole in a feed. Grain: one row per feed and first position, or per event where there is none.
-- Parameters: feed, first, last (null where no position can be given), reason, maybe_lost (packages).
-- Idempotent where there is a position.
INSERT INTO staging.feed_holes (feed, first_position, last_position, reason, maybe_lost)
VALUES (:feed, :first, :last, :reason, :maybe_lost)
ON CONFLICT (feed, first_position) DO UPDATE SET -- a feed that started over
    last_position = excluded.last_position,
    reason = excluded.reason,
    maybe_lost = excluded.maybe_lost,
    stepped_over_at = now()
