-- What is left of each upstream's budget, and until when it is left alone, with what it said.
-- Grain: one row per service that has a budget or was paused. Parameters: at, longest (seconds that a pause may take).
SELECT
    service,
    limits.tokens,
    limits.window_seconds,
    pauses.until AS paused_until,
    pauses.reason AS pause_reason,
    pauses.set_at AS paused_at,
    ops.seconds_left(pauses.until, :longest, :at) > 0 AS is_paused,
    (
        SELECT coalesce(sum(ledger.tokens), 0)::bigint FROM ops.token_ledger AS ledger
        WHERE
            ledger.service = limits.service
            AND ledger.spent_at > cast(:at AS timestamptz) - make_interval(secs => limits.window_seconds)
            AND ledger.spent_at <= cast(:at AS timestamptz) + make_interval(secs => limits.window_seconds / 2)
    ) AS used
FROM ops.token_limits AS limits
FULL JOIN ops.pauses USING (service)
ORDER BY service
