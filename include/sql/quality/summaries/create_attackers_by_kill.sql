-- What the claims want to know of attackers, in one pass. Grain: one row per killmail with attackers.
-- `players` are attackers who are no NPCs, a character once; `gaps` counts rows that lack what none may lack; `odd_…` is an id that
-- is none of its kind, null where there is none.
DROP TABLE IF EXISTS pg_temp.attackers_by_kill;
CREATE TEMP TABLE attackers_by_kill AS
SELECT
    killmail_id,
    count(*) AS rows,
    min(attacker_index) AS lowest,
    max(attacker_index) AS highest,
    count(*) FILTER (WHERE final_blow) AS final_blows,
    sum(damage_done) AS damage_done,
    count(DISTINCT character_id) FILTER (WHERE NOT core.is_npc(character_id, corporation_id))
    + count(*) FILTER (WHERE character_id IS NULL AND NOT core.is_npc(character_id, corporation_id)) AS players,
    count(*) FILTER (
        WHERE killmail_id IS NULL OR attacker_index IS NULL OR damage_done IS NULL OR final_blow IS NULL
        OR security_status IS NULL
    ) AS gaps,
    min(character_id) FILTER (WHERE NOT pg_temp.is_character_id(character_id)) AS odd_character_id,
    min(corporation_id) FILTER (WHERE NOT pg_temp.is_corporation_id(corporation_id)) AS odd_corporation_id,
    min(alliance_id) FILTER (WHERE NOT pg_temp.is_alliance_id(alliance_id)) AS odd_alliance_id,
    min(faction_id) FILTER (WHERE NOT pg_temp.is_faction_id(faction_id)) AS odd_faction_id,
    coalesce(
        min(ship_type_id) FILTER (WHERE NOT pg_temp.is_type_id(ship_type_id)),
        min(weapon_type_id) FILTER (WHERE NOT pg_temp.is_type_id(weapon_type_id))
    ) AS odd_type_id
FROM candidate.kill_attackers_batch
GROUP BY killmail_id;
ANALYZE attackers_by_kill
