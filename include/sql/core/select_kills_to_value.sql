-- What the value, points and flags of killmails rest on, besides their attackers. Grain: one row per killmail.
-- Parameters: ids.
SELECT
    kills.killmail_id,
    kills.kill_time,
    kills.system_id,
    cast(kills.items AS text) AS items,
    victims.character_id,
    victims.corporation_id,
    victims.ship_type_id
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims USING (killmail_id)
WHERE kills.killmail_id = any(:ids)
ORDER BY kills.killmail_id
