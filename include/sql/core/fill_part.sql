-- Brings a batch's rows of one kill table to the table that is to be a range of it: those of killmails that core had not got when the
-- range was begun. Grain: that of the table. Names: one_table, one_part (of it), and its columns, but for those that core generates.
-- Parameters: number (of the range).
INSERT INTO candidate.one_part (
    each_column
)
SELECT  -- noqa: LT09
    each_column
FROM candidate.one_table_batch AS candidate
WHERE
    killmail_id BETWEEN core.first_id(:number) AND core.last_id(:number)
    AND NOT EXISTS (
        SELECT 1 FROM promotion_there AS there
        WHERE there.killmail_id = candidate.killmail_id
    )
