-- With whom a corporation or an alliance flew most, and whom it fought most: the first `limit` of both. Grain: one row
-- per other of its kind. Parameters: entity_kind, entity_id, first, last, limit.
WITH others AS (
    SELECT
        other_id,
        sum(flew_with) AS flew_with,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(isk_with) AS isk_with,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost,
        row_number() OVER (ORDER BY sum(flew_with) DESC, other_id) AS rank_with,
        row_number() OVER (ORDER BY sum(kills) + sum(losses) DESC, other_id) AS rank_against
    FROM mart.relations_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    GROUP BY other_id
)

SELECT
    others.other_id,
    CASE
        WHEN :entity_kind = 'alliance'
            THEN (
                SELECT alliances.name
                FROM core.alliances AS alliances
                WHERE alliances.eve_id = others.other_id
            )
        ELSE (
            SELECT corporations.name
            FROM core.corporations AS corporations
            WHERE corporations.eve_id = others.other_id
        )
    END AS name,
    others.flew_with,
    others.kills,
    others.losses,
    others.isk_with,
    others.isk_killed,
    others.isk_lost
FROM others
WHERE others.rank_with <= :limit OR others.rank_against <= :limit
ORDER BY others.flew_with + others.kills + others.losses DESC, others.other_id
