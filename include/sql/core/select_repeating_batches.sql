-- Batches with a killmail that one of a lesser number has, too. Grain: one row per batch.
WITH repeated AS (
    SELECT
        killmail_id,
        min(batch_id) AS first_batch_id
    FROM promotion_together
    GROUP BY killmail_id
    HAVING count(*) > 1
)

SELECT DISTINCT together.batch_id
FROM promotion_together AS together
INNER JOIN repeated ON together.killmail_id = repeated.killmail_id
WHERE together.batch_id > repeated.first_batch_id
