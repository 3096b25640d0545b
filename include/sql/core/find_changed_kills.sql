-- Which of the batch's killmails that core has differ from it in one kill table, in any cell or in how many rows they have.
-- Grain: one row per killmail. Names: one_table, the columns that belong to a killmail, and the columns of the key.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
INSERT INTO promotion_changed (killmail_id)
SELECT coalesce(candidate.killmail_id, core.killmail_id)
FROM (
    SELECT
        killmail_id,
        md5(string_agg(
            row(
                each_column
            )::text, ',' ORDER BY
                each_key
        )) AS digest
    FROM candidate.one_table_batch
    WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
    GROUP BY killmail_id
) AS candidate
FULL JOIN (
    SELECT
        killmail_id,
        md5(string_agg(
            row(
                each_column
            )::text, ',' ORDER BY
                each_key
        )) AS digest
    FROM core.one_table
    WHERE killmail_id BETWEEN :lowest AND :highest AND killmail_id IN (SELECT killmail_id FROM promotion_existing)
    GROUP BY killmail_id
) AS core ON candidate.killmail_id = core.killmail_id
WHERE candidate.digest IS DISTINCT FROM core.digest
