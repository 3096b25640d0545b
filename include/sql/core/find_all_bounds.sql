-- The lowest and the highest id of all killmails. Grain: one row, of nulls where there are none.
SELECT
    min(killmail_id) AS lowest,
    max(killmail_id) AS highest
FROM core.kills_fact
