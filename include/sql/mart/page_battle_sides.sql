-- Who stood on the sides of battles, with the names of a side's alliances, or of its corporations where it has none.
-- Grain: one row per battle and side. Parameters: battle_ids, named (how many names of a side are told at most).
SELECT
    sides.battle_id,
    sides.side,
    sides.pilots,
    sides.kills,
    sides.losses,
    sides.kills_valued,
    sides.losses_valued,
    mart.known_isk(sides.isk_killed, sides.kills_valued, sides.kills) AS isk_killed,
    mart.known_isk(sides.isk_lost, sides.losses_valued, sides.losses) AS isk_lost,
    coalesce(nullif(cardinality(sides.alliances), 0), cardinality(sides.corporations)) AS groups,
    coalesce(
        (
            SELECT array_agg(coalesce(alliances.name, 'Alliance ' || ids.eve_id) ORDER BY alliances.name)
            FROM
                (
                    SELECT listed.eve_id
                    FROM unnest(sides.alliances) AS listed (eve_id)
                    ORDER BY listed.eve_id
                    LIMIT :named
                ) AS ids
            LEFT JOIN core.alliances AS alliances ON ids.eve_id = alliances.eve_id
        ),
        (
            SELECT array_agg(coalesce(corporations.name, 'Corporation ' || ids.eve_id) ORDER BY corporations.name)
            FROM
                (
                    SELECT listed.eve_id
                    FROM unnest(sides.corporations) AS listed (eve_id)
                    ORDER BY listed.eve_id
                    LIMIT :named
                ) AS ids
            LEFT JOIN core.corporations AS corporations ON ids.eve_id = corporations.eve_id
        ),
        '{}'
    ) AS names
FROM mart.battle_sides AS sides
WHERE sides.battle_id = any(:battle_ids)
ORDER BY sides.battle_id, sides.side
