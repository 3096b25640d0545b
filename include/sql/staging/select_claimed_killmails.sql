-- Reads claimed killmails with their bodies, and whether core knows them with this very hash (and maybe this body).
-- Grain: one row per killmail. Parameters: ids.
SELECT
    killmails.killmail_id,
    killmails.killmail_hash,
    killmails.feed,
    killmails.zkb::text AS zkb,
    killmails.body,
    killmails.refetches,
    coalesce(kills.killmail_hash = killmails.killmail_hash, false) AND NOT killmails.is_republished AS known
FROM staging.killmails
LEFT JOIN core.kills_fact AS kills ON killmails.killmail_id = kills.killmail_id
WHERE killmails.killmail_id = any(:ids)
ORDER BY killmails.killmail_id
