-- Notes that the comparison of values is out of date for the days of a batch. Grain: one row per day that was compared.
-- In order of the days, so that two transactions do not wait for each other crosswise.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
UPDATE quality.value_spread AS spread SET is_stale = true
FROM (
    SELECT known.day
    FROM quality.value_spread AS known
    WHERE
        NOT known.is_stale
        AND known.day IN (
            SELECT cast(kill_time AT TIME ZONE 'UTC' AS date) FROM candidate.kills_fact_batch
            UNION ALL
            SELECT cast(kills.kill_time AT TIME ZONE 'UTC' AS date)
            FROM candidate.zkb_changes_batch AS changed
            INNER JOIN core.kills_fact AS kills ON changed.killmail_id = kills.killmail_id
            WHERE kills.killmail_id BETWEEN :lowest AND :highest
        )
    ORDER BY known.day
    FOR UPDATE
) AS touched
WHERE spread.day = touched.day
