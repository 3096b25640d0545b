-- Takes killmails off the list of those that core has unchanged where kill_characters, kill_corporations or kill_alliances would be
-- others: these rows are derived from the rest, so that only damage in core makes a difference, which replacing the killmail mends.
-- Grain: one row per killmail. What core generates counts by what it is generated from.
DELETE FROM promotion_unchanged
WHERE killmail_id IN (
    SELECT coalesce(candidate.killmail_id, core.killmail_id)
    FROM (
        SELECT * FROM candidate.kill_entities_batch
        WHERE killmail_id IN (SELECT unchanged.killmail_id FROM promotion_unchanged AS unchanged)
    ) AS candidate
    FULL JOIN (
        SELECT * FROM core.kill_entities
        WHERE killmail_id IN (SELECT unchanged.killmail_id FROM promotion_unchanged AS unchanged)
    ) AS core ON candidate.killmail_id = core.killmail_id AND candidate.entity_id = core.entity_id
    WHERE (to_jsonb(candidate) - 'day') IS DISTINCT FROM (to_jsonb(core) - 'day')
)
