-- Seconds until a service may be asked again. Grain: one row or none. Parameters: service.
SELECT extract(EPOCH FROM until - clock_timestamp())::double precision AS seconds
FROM ops.pauses
WHERE service = :service AND until > clock_timestamp()
