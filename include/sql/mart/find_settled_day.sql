-- The UTC day of a killmail, if its sums are kept and up to date. Grain: one row or none. Parameters: killmail_id.
SELECT places.day
FROM core.kill_systems AS places
WHERE
    places.killmail_id = :killmail_id
    AND NOT EXISTS (
        SELECT 1 FROM mart.touched_days AS touched
        WHERE touched.day = places.day
    )
