-- Notes what core has in a range. Grain: one row per killmail. Parameters: number (of the range).
INSERT INTO promotion_there (killmail_id, changed_at)
SELECT
    killmail_id,
    changed_at
FROM core.kills_fact
WHERE killmail_id BETWEEN core.first_id(:number) AND core.last_id(:number)
