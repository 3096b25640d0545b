-- Claim: the items of a killmail are numbered from 0 without a gap or a repetition, and containers come before contents.
-- The table's key rules a repetition out; only without it the rows themselves are looked at.
SELECT
    killmail_id,
    rows,
    lowest,
    highest
FROM items_by_kill
WHERE lowest != 0 OR highest != rows - 1 OR is_content_first
UNION
SELECT
    killmail_id,
    count(*) AS rows,
    min(item_index) AS lowest,
    max(item_index) AS highest
FROM candidate.kill_items_batch
WHERE
    NOT EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE conrelid = 'candidate.kill_items_batch'::regclass AND contype = 'p'
    )
GROUP BY killmail_id
HAVING count(DISTINCT item_index) != count(item_index)
