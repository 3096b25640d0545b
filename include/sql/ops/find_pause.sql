-- Seconds until a service may be asked again (0: now), and how often in a row it has wanted quiet.
-- Grain: one row or none. Parameters: service, longest (seconds).
SELECT
    ops.seconds_left(until, :longest) AS seconds,
    refusals
FROM ops.pauses
WHERE service = :service
