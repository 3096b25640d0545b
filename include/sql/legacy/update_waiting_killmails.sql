-- Lets killmails that were just staged wait behind those of the feeds, which are asked for first (no next_attempt_at).
-- Grain: one row per killmail. Parameters: ids, seconds (0: they are due at once). Idempotent: only those without a time.
UPDATE staging.killmails
SET next_attempt_at = now() + make_interval(secs => :seconds)
WHERE killmail_id = any(:ids) AND state = 'pending' AND attempts = 0 AND next_attempt_at IS NULL
