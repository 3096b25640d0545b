-- Takes the next place in the queue of requests to a service, which sends one every `seconds`; returns in how many
-- seconds that is. Grain: one row per service. Parameters: service, seconds. Not idempotent: every call takes a place.
-- It commits without waiting for the disk: what a crash of the server forgets is the pace of the last second.
INSERT INTO ops.paces AS pace (service, next_at)
VALUES (:service, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (service) DO UPDATE
    SET
        next_at = clock_timestamp()
        + make_interval(secs => ops.seconds_left(pace.next_at, 60 + 10 * :seconds, clock_timestamp()) + :seconds)
RETURNING
    extract(EPOCH FROM next_at - clock_timestamp())::double precision - :seconds AS wait_seconds,
    set_config('synchronous_commit', 'off', TRUE)
