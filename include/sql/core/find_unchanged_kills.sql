-- Which of the batch's killmails core has cell for cell; these are not written again. The junctions have a
-- statement of their own (templates/delete_changed_kill_entities).
-- Grain: one row per killmail. `source`, `promoted_at`, `changed_at` and prices are no part of the killmail.
INSERT INTO promotion_unchanged (killmail_id)
WITH core AS (
    SELECT
        killmail_id,
        md5(string_agg(attackers::text, ',' ORDER BY attacker_index)) AS digest
    FROM core.kill_attackers AS attackers
    WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
    GROUP BY killmail_id
)
SELECT killmail_id FROM promotion_existing
EXCEPT
(
    SELECT candidate.killmail_id
    FROM candidate.kills_fact_batch AS candidate
    INNER JOIN core.kills_fact AS kills ON candidate.killmail_id = kills.killmail_id
    WHERE
        (to_jsonb(candidate) - 'source' - 'promoted_at' - 'changed_at')
        IS DISTINCT FROM (to_jsonb(kills) - 'source' - 'promoted_at' - 'changed_at')
    UNION ALL
    SELECT killmail_id FROM (
        SELECT * FROM candidate.kill_victims_batch
        WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
        EXCEPT
        SELECT * FROM core.kill_victims
        WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
    ) AS victims
    UNION ALL
    SELECT coalesce(candidate.killmail_id, core.killmail_id)
    FROM (
        SELECT
            killmail_id,
            md5(string_agg(attackers::text, ',' ORDER BY attacker_index)) AS digest
        FROM candidate.kill_attackers_batch AS attackers
        WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
        GROUP BY killmail_id
    ) AS candidate
    FULL JOIN core ON candidate.killmail_id = core.killmail_id
    WHERE candidate.digest IS DISTINCT FROM core.digest
    UNION ALL
    SELECT coalesce(candidate.killmail_id, core.killmail_id)
    FROM (
        SELECT
            killmail_id,
            md5(string_agg(
                row(item_index, parent_index, type_id, flag, singleton, quantity_dropped, quantity_destroyed)::text,
                ',' ORDER BY item_index
            )) AS digest
        FROM candidate.kill_items_batch
        WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
        GROUP BY killmail_id
    ) AS candidate
    FULL JOIN (
        SELECT
            killmail_id,
            md5(string_agg(
                row(item_index, parent_index, type_id, flag, singleton, quantity_dropped, quantity_destroyed)::text,
                ',' ORDER BY item_index
            )) AS digest
        FROM core.kill_items
        WHERE killmail_id IN (SELECT killmail_id FROM promotion_existing)
        GROUP BY killmail_id
    ) AS core ON candidate.killmail_id = core.killmail_id
    WHERE candidate.digest IS DISTINCT FROM core.digest
);
