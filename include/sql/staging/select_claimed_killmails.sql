-- Reads claimed killmails with their bodies, and whether core knows them with this very hash (and maybe this body). One
-- that was published again is to be derived again, as long as that body is here.
-- Grain: one row per killmail. Parameters: ids.
SELECT
    killmails.killmail_id,
    killmails.killmail_hash,
    killmails.feed,
    killmails.zkb::text AS zkb,
    killmails.body,
    killmails.refetches,
    (
        coalesce(kills.killmail_hash = killmails.killmail_hash, FALSE)
        AND (NOT killmails.is_republished OR killmails.body IS NULL)
    ) AS known
FROM staging.killmails
LEFT JOIN core.kills_fact AS kills ON killmails.killmail_id = kills.killmail_id
WHERE killmails.killmail_id = any(:ids)
ORDER BY killmails.killmail_id
