-- Killmails of which core's kill_characters, kill_corporations or kill_alliances differs from what was derived into the table of
-- create_derived_kill_any_entities. Grain: one row per killmail. Parameters: lowest and highest (ids of killmails, both included).
SELECT DISTINCT coalesce(derived.killmail_id, core.killmail_id) AS killmail_id
FROM derived_kill_any_entities AS derived
FULL JOIN (
    SELECT * FROM core.kill_any_entities
    WHERE killmail_id BETWEEN :lowest AND :highest
) AS core ON derived.killmail_id = core.killmail_id AND derived.any_entity_id = core.any_entity_id
WHERE to_jsonb(derived) IS DISTINCT FROM to_jsonb(core)
