-- The sides of one battle, that with most pilots first; who stood there as JSON lists of ids and names. Grain: one row per side.
-- Parameters: battle_id.
SELECT
    sides.side,
    sides.pilots,
    sides.kills,
    sides.losses,
    sides.kills_valued,
    sides.losses_valued,
    mart.known_isk(sides.isk_killed, sides.kills_valued, sides.kills) AS isk_killed,
    mart.known_isk(sides.isk_lost, sides.losses_valued, sides.losses) AS isk_lost,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', alliances.name) ORDER BY listed.place), '[]')
        FROM unnest(sides.alliances) WITH ORDINALITY AS listed (id, place)
        LEFT JOIN core.alliances ON listed.id = alliances.eve_id
    ) AS alliances,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', corporations.name) ORDER BY listed.place), '[]')
        FROM unnest(sides.corporations) WITH ORDINALITY AS listed (id, place)
        LEFT JOIN core.corporations ON listed.id = corporations.eve_id
    ) AS corporations
FROM mart.battle_sides AS sides
WHERE sides.battle_id = :battle_id
ORDER BY sides.side
