-- Keeps a pause; a longer one that is kept already stays. Grain: one row per service.
-- Parameters: service, seconds, reason.
INSERT INTO ops.pauses AS pause (service, until, reason)
VALUES (:service, clock_timestamp() + make_interval(secs => :seconds), :reason)
ON CONFLICT (service) DO UPDATE SET
    until = excluded.until,
    reason = excluded.reason,
    set_at = now()
WHERE excluded.until > pause.until
