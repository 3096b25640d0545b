-- Touches the days that a promotion changes: those of new and changed killmails, the days that changed ones had
-- before, and those of killmails whose zkb block comes anew. Runs after what stays unchanged is known, before anything is
-- deleted. Grain: one row per UTC day. Running it twice only has the day refreshed once more.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
INSERT INTO mart.touched_days (day)
SELECT DISTINCT (kill_time AT TIME ZONE 'UTC')::date
FROM (
    SELECT candidate.kill_time
    FROM candidate.kills_fact_batch AS candidate
    WHERE candidate.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
    UNION ALL
    SELECT kills.kill_time
    FROM promotion_existing AS existing
    INNER JOIN core.kills_fact AS kills ON existing.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest AND existing.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
    UNION ALL
    SELECT kills.kill_time
    FROM candidate.zkb_changes_batch AS revalued
    INNER JOIN core.kills_fact AS kills ON revalued.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest
) AS changed
