-- Makes the range after that of the greatest killmail, ids of the last range apart. Grain: one row. Idempotent.
SELECT core.make_ranges(array(
    SELECT core.range_of(max(killmail_id)) + 1
    FROM core.kills_fact
    WHERE core.range_of(killmail_id) < core.last_range()
    HAVING max(killmail_id) IS NOT NULL
)) AS made
