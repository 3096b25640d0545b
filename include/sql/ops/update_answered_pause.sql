-- Notes that a service has answered since its pause was over: the next one starts again at the shortest.
-- Grain: one row or none. Parameters: service, longest (seconds). Idempotent.
UPDATE ops.pauses SET
    refusals = 0
WHERE service = :service AND refusals > 0 AND ops.seconds_left(until, :longest) = 0
