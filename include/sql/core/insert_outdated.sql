-- Notes which killmails of a range core has otherwise than the range was built with them: they came, changed or went meanwhile.
-- What comes with the range is no change. Grain: one row per killmail. Parameters: number (of the range).
INSERT INTO promotion_outdated (killmail_id)
SELECT coalesce(kills.killmail_id, there.killmail_id)
FROM (
    SELECT
        fact.killmail_id,
        fact.changed_at
    FROM core.kills_fact AS fact
    WHERE
        fact.killmail_id BETWEEN core.first_id(:number) AND core.last_id(:number)
        AND NOT EXISTS (
            SELECT 1
            FROM promotion_built AS built
            WHERE fact.killmail_id = built.killmail_id
        )
) AS kills
FULL JOIN (
    SELECT
        killmail_id,
        changed_at
    FROM promotion_there
    WHERE killmail_id BETWEEN core.first_id(:number) AND core.last_id(:number)
) AS there ON kills.killmail_id = there.killmail_id AND kills.changed_at = there.changed_at
WHERE kills.killmail_id IS NULL OR there.killmail_id IS NULL
