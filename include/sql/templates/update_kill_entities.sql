-- Brings what kills_fact says of killmails by now to their rows in kill_characters, kill_corporations or kill_alliances. Grain: one
-- row per killmail and entity. Idempotent. All other columns follow from the body, and a killmail with another body is replaced whole.
-- touched_kills are the killmails that may have changed. Parameters: lowest and highest (ids, both included, between which they lie).
UPDATE candidate.kill_any_entities_batch AS involved SET
    total_value = kills.total_value,
    points = kills.points,
    solo = kills.solo
FROM touched_kills AS touched
INNER JOIN candidate.kills_fact_batch AS kills ON touched.killmail_id = kills.killmail_id
WHERE
    involved.killmail_id = touched.killmail_id
    AND involved.killmail_id BETWEEN :lowest AND :highest
    AND kills.killmail_id BETWEEN :lowest AND :highest
    AND (involved.total_value, involved.points, involved.solo) IS DISTINCT FROM (kills.total_value, kills.points, kills.solo)
