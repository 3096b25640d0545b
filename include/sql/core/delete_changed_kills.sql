-- Removes killmails that come again with other content; victims, attackers, characters and items go with them.
-- Grain: one row per killmail. Their new rows are inserted next, in the same transaction.
DELETE FROM core.kills_fact
WHERE
    killmail_id IN (SELECT killmail_id FROM promotion_existing)
    AND killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged);
