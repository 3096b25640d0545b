-- Keeps a pause, and returns how many seconds of it are left. During one, what was in flight can make it longer; after
-- it, without an answer since, the service has refused once more in a row: then it doubles from `shortest` on.
-- Grain: one row per service. Parameters: service, seconds, shortest, longest (seconds), reason.
INSERT INTO ops.pauses AS pause (service, until, reason)
VALUES (
    :service,
    clock_timestamp() + make_interval(secs => least(greatest(:seconds, :shortest), :longest)),
    :reason
)
ON CONFLICT (service) DO UPDATE
    SET
        until = CASE
            WHEN ops.seconds_left(pause.until, :longest) > 0 THEN greatest(pause.until, excluded.until)
            ELSE
                clock_timestamp()
                + make_interval(secs => least(greatest(:seconds, :shortest * 2.0 ^ least(pause.refusals, 20)), :longest))
        END,
        reason = CASE
            WHEN ops.seconds_left(pause.until, :longest) > 0 AND pause.until >= excluded.until THEN pause.reason
            ELSE excluded.reason
        END,
        refusals = greatest(pause.refusals + CASE WHEN ops.seconds_left(pause.until, :longest) > 0 THEN 0 ELSE 1 END, 1),
        set_at = now()
RETURNING ops.seconds_left(until, :longest) AS seconds
