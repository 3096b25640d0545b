-- A killmail that comes again keeps what core knows of it beyond its body, where its new row does not know better:
-- zKillboard's values win over ours wherever they come from, and what is known over what is not.
-- The four values are all of one source: zKillboard's key by key where neither row has ours, else as a whole.
-- Grain: one candidate row per killmail that core has. Idempotent.
UPDATE candidate.kills_fact_batch AS candidate SET
    total_value = CASE
        WHEN sides.both_zkb THEN coalesce(candidate.total_value, kills.total_value)
        WHEN sides.keeps_new THEN candidate.total_value
        ELSE kills.total_value
    END,
    fitted_value = CASE
        WHEN sides.both_zkb THEN coalesce(candidate.fitted_value, kills.fitted_value)
        WHEN sides.keeps_new THEN candidate.fitted_value
        ELSE kills.fitted_value
    END,
    dropped_value = CASE
        WHEN sides.both_zkb THEN coalesce(candidate.dropped_value, kills.dropped_value)
        WHEN sides.keeps_new THEN candidate.dropped_value
        ELSE kills.dropped_value
    END,
    destroyed_value = CASE
        WHEN sides.both_zkb THEN coalesce(candidate.destroyed_value, kills.destroyed_value)
        WHEN sides.keeps_new THEN candidate.destroyed_value
        ELSE kills.destroyed_value
    END,
    value_source = CASE
        WHEN sides.both_zkb THEN coalesce(candidate.value_source, kills.value_source)
        WHEN sides.keeps_new THEN candidate.value_source
        ELSE kills.value_source
    END,
    points = CASE
        WHEN sides.keeps_zkb_points THEN kills.points
        ELSE coalesce(candidate.points, kills.points)
    END,
    points_source = CASE
        WHEN sides.keeps_zkb_points THEN kills.points_source
        ELSE coalesce(candidate.points_source, kills.points_source)
    END,
    npc = CASE
        WHEN sides.keeps_zkb_points THEN coalesce(kills.npc, candidate.npc)
        ELSE coalesce(candidate.npc, kills.npc)
    END,
    solo = CASE
        WHEN sides.keeps_zkb_points THEN coalesce(kills.solo, candidate.solo)
        ELSE coalesce(candidate.solo, kills.solo)
    END,
    awox = CASE
        WHEN sides.keeps_zkb_points THEN coalesce(kills.awox, candidate.awox)
        ELSE coalesce(candidate.awox, kills.awox)
    END,
    location_id = coalesce(candidate.location_id, kills.location_id),
    labels = coalesce(candidate.labels, kills.labels),
    priced_value = coalesce(candidate.priced_value, kills.priced_value),
    rule_points = coalesce(candidate.rule_points, kills.rule_points),
    rule_npc = coalesce(candidate.rule_npc, kills.rule_npc),
    rule_solo = coalesce(candidate.rule_solo, kills.rule_solo),
    rule_awox = coalesce(candidate.rule_awox, kills.rule_awox)
FROM core.kills_fact AS kills
INNER JOIN
    (
        SELECT
            again.killmail_id,
            coalesce(again.value_source, '') != 'prices' AND coalesce(known.value_source, '') != 'prices' AS both_zkb,
            again.value_source = 'zkb'
            OR (again.value_source = 'prices' AND coalesce(known.value_source, '') != 'zkb') AS keeps_new,
            again.points_source = 'rule' AND coalesce(known.points_source, '') = 'zkb' AS keeps_zkb_points
        FROM candidate.kills_fact_batch AS again
        INNER JOIN core.kills_fact AS known ON again.killmail_id = known.killmail_id
    ) AS sides
    ON kills.killmail_id = sides.killmail_id
WHERE
    candidate.killmail_id = kills.killmail_id
    AND candidate.killmail_id IN (SELECT killmail_id FROM promotion_existing);
