-- Touches the days that a promotion changes, with the places and times of new and changed killmails, those that changed ones had
-- before, and those of killmails whose zkb block comes again. Runs after what stays unchanged is known, before anything is
-- deleted. Of more than a thousand on a day the places are not noted: then all of it is looked at, which is quicker.
-- Grain: one row per UTC day. Running it twice only has the day refreshed once more.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
INSERT INTO mart.touched_days (day, system_ids, kill_times)
SELECT
    (kill_time AT TIME ZONE 'UTC')::date AS day,
    CASE WHEN count(*) <= 1000 THEN array_agg(system_id) END AS system_ids,
    CASE WHEN count(*) <= 1000 THEN array_agg(kill_time) END AS kill_times
FROM (
    SELECT
        candidate.system_id,
        candidate.kill_time
    FROM candidate.kills_fact_batch AS candidate
    WHERE candidate.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
    UNION ALL
    SELECT
        kills.system_id,
        kills.kill_time
    FROM promotion_existing AS existing
    INNER JOIN core.kills_fact AS kills ON existing.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest AND existing.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
    UNION ALL
    SELECT
        kills.system_id,
        kills.kill_time
    FROM candidate.zkb_changes_batch AS revalued
    INNER JOIN core.kills_fact AS kills ON revalued.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest
) AS changed
GROUP BY (kill_time AT TIME ZONE 'UTC')::date
