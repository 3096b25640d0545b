-- The least and the greatest id among a batch's killmails and those whose zkb block it brings. Grain: one row, of nulls where there
-- are none.
SELECT
    min(killmail_id) AS lowest,
    max(killmail_id) AS highest
FROM (
    SELECT killmail_id FROM candidate.kills_fact_batch
    UNION ALL
    SELECT killmail_id FROM candidate.zkb_changes_batch
) AS brought
