-- Claim: the items of a killmail are numbered from 0 without a gap or a repetition, and containers come before contents.
SELECT
    killmail_id,
    count(*) AS rows,
    max(item_index) AS highest
FROM candidate.kill_items_batch
GROUP BY killmail_id
HAVING
    min(item_index) != 0
    OR max(item_index) != count(*) - 1
    OR count(DISTINCT item_index) != count(*)
    OR bool_or(coalesce(parent_index >= item_index, false))
