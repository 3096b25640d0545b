-- How many attackers the old database has of each killmail, and who struck the final blow by it.
-- Grain: one row per killmail, in the order of their ids.
-- Parameters: none. `legacy_rows` stands for the old tables, their columns under our names (killmart.legacy.database).
SELECT
    old.killmail_id,
    count(*) AS attackers,
    coalesce(
        array_agg(DISTINCT old.character_id) FILTER (WHERE lower(old.final_blow) IN ('t', 'true', '1', 'yes')),
        cast('{}' AS text[])
    ) AS finishers
FROM legacy_rows AS old
WHERE old.killmail_id IS NOT NULL
GROUP BY old.killmail_id
ORDER BY old.killmail_id
