-- How many cells of each column that may be empty are. Grain: one row per table and column.
-- Rests on attackers_by_kill and items_by_kill, which have counted the two large tables.
DROP TABLE IF EXISTS pg_temp.column_profile;
CREATE TEMP TABLE column_profile AS
SELECT
    profile.table_name,
    filled.key AS column_name,
    profile.rows,
    profile.rows - filled.value::bigint AS nulls
FROM (
    SELECT
        'kills_fact' AS table_name,
        count(*) AS rows,
        jsonb_build_object(
            'total_value', count(total_value),
            'points', count(points),
            'position_x', count(position_x),
            'war_id', count(war_id),
            'moon_id', count(moon_id),
            'location_id', count(location_id),
            'fitted_value', count(fitted_value),
            'dropped_value', count(dropped_value),
            'destroyed_value', count(destroyed_value),
            'npc', count(npc),
            'solo', count(solo),
            'awox', count(awox),
            'labels', count(labels)
        ) AS filled
    FROM candidate.kills_fact_batch
    UNION ALL
    SELECT
        'kill_victims' AS table_name,
        count(*) AS rows,
        jsonb_build_object(
            'character_id', count(character_id),
            'corporation_id', count(corporation_id),
            'alliance_id', count(alliance_id),
            'faction_id', count(faction_id)
        ) AS filled
    FROM candidate.kill_victims_batch
    UNION ALL
    SELECT
        'kill_attackers' AS table_name,
        coalesce(sum(rows), 0) AS rows,
        jsonb_build_object(
            'character_id', coalesce(sum(characters), 0),
            'corporation_id', coalesce(sum(corporations), 0),
            'alliance_id', coalesce(sum(alliances), 0),
            'faction_id', coalesce(sum(factions), 0),
            'ship_type_id', coalesce(sum(ship_types), 0),
            'weapon_type_id', coalesce(sum(weapon_types), 0)
        ) AS filled
    FROM attackers_by_kill
    UNION ALL
    SELECT
        'kill_items' AS table_name,
        coalesce(sum(rows), 0) AS rows,
        jsonb_build_object(
            'parent_index', coalesce(sum(parents), 0),
            'unit_price', coalesce(sum(unit_prices), 0)
        ) AS filled
    FROM items_by_kill
) AS profile
CROSS JOIN LATERAL jsonb_each_text(profile.filled) AS filled
