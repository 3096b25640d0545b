-- Gives killmails that were just promoted to the next batch, which finds them known and brings their zkb block.
-- Grain: one row per killmail. Parameters: ids. The transaction that promotes them has locked them. What comes now has
-- waited for nobody, so it is staged again.
UPDATE staging.killmails SET
    state = 'fetched',
    staged_at = now()
WHERE killmail_id = any(:ids) AND state = 'promoted'
