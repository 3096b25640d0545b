-- Gives killmails that were just promoted to the next batch, which finds them known and brings their zkb block.
-- Grain: one row per killmail. Parameters: ids. The transaction that promotes them has locked them.
UPDATE staging.killmails SET state = 'fetched'
WHERE killmail_id = any(:ids) AND state = 'promoted'
