-- Whether a table of battles says of those that began on a UTC day something else than was found. A template over these tables.
-- Grain: one row. Names: one_kept. Parameters: day, found (a JSON array of objects whose keys are the table's columns).
WITH found AS MATERIALIZED (
    SELECT battles.*
    FROM jsonb_populate_recordset(cast(NULL AS mart.one_kept), cast(:found AS jsonb)) AS battles
),

kept AS MATERIALIZED (
    SELECT battles.*
    FROM mart.one_kept AS battles
    WHERE
        battles.battle_id IN (
            SELECT began.battle_id
            FROM mart.battles AS began
            WHERE
                began.started_at >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
                AND began.started_at < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
        )
)

SELECT
    EXISTS (
        SELECT * FROM kept
        EXCEPT ALL
        SELECT * FROM found
    )
    OR EXISTS (
        SELECT * FROM found
        EXCEPT ALL
        SELECT * FROM kept
    )
