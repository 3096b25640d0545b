-- How many killmails core has. Grain: one row.
SELECT count(*) AS killmails
FROM core.kills_fact
