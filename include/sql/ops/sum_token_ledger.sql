-- Tokens spent in the window, and the seconds until `tokens` more are free.
-- Grain: one row. Parameters: service, tokens, limit, window (seconds).
WITH spent AS (
    SELECT
        spent_at,
        sum(tokens) OVER (ORDER BY spent_at) AS freed,
        sum(tokens) OVER () AS used
    FROM ops.token_ledger
    WHERE
        service = :service
        AND spent_at > clock_timestamp() - make_interval(secs => :window)
        AND spent_at <= clock_timestamp() + make_interval(secs => :window / 2) -- later only where the clock was set back
)

SELECT
    coalesce(max(used), 0)::integer AS used,
    coalesce(
        extract(
            EPOCH FROM min(spent_at) FILTER (WHERE used - freed + :tokens <= :limit)
            + make_interval(secs => :window) - clock_timestamp()
        ),
        0
    )::double precision AS wait_seconds
FROM spent
