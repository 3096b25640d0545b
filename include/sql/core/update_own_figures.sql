-- Brings our figures of killmails to core: beside zKillboard's where there are some, in their place where there are none.
-- Grain: one row per killmail. What is known is not forgotten where a price is missing now. Idempotent: the same figures
-- again write nothing.
WITH merged AS (
    SELECT
        kills.killmail_id,
        CASE
            WHEN coalesce(kills.value_source, '') != 'zkb' AND own.priced_value IS NOT NULL THEN own.priced_value
            ELSE kills.total_value
        END AS total_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'zkb' AND own.priced_value IS NOT NULL THEN NULL
            ELSE kills.fitted_value
        END AS fitted_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'zkb' AND own.priced_value IS NOT NULL THEN own.dropped_value
            ELSE kills.dropped_value
        END AS dropped_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'zkb' AND own.priced_value IS NOT NULL THEN own.destroyed_value
            ELSE kills.destroyed_value
        END AS destroyed_value,
        CASE
            WHEN coalesce(kills.value_source, '') != 'zkb' AND own.priced_value IS NOT NULL THEN 'prices'
            ELSE kills.value_source
        END AS value_source,
        CASE WHEN kills.points_source = 'zkb' THEN kills.points ELSE own.rule_points END AS points,
        CASE WHEN kills.points_source = 'zkb' THEN 'zkb' ELSE 'rule' END AS points_source,
        CASE
            WHEN kills.points_source = 'zkb' OR coalesce(kills.npc != kills.rule_npc, kills.npc IS NOT NULL)
                THEN coalesce(kills.npc, own.rule_npc)
            ELSE own.rule_npc
        END AS npc,
        CASE
            WHEN kills.points_source = 'zkb' OR coalesce(kills.solo != kills.rule_solo, kills.solo IS NOT NULL)
                THEN coalesce(kills.solo, own.rule_solo)
            ELSE own.rule_solo
        END AS solo,
        CASE
            WHEN kills.points_source = 'zkb' OR coalesce(kills.awox != kills.rule_awox, kills.awox IS NOT NULL)
                THEN coalesce(kills.awox, own.rule_awox)
            ELSE own.rule_awox
        END AS awox,
        coalesce(own.priced_value, kills.priced_value) AS priced_value,
        own.rule_points,
        own.rule_npc,
        own.rule_solo,
        own.rule_awox
    FROM own_figures AS own
    INNER JOIN core.kills_fact AS kills ON own.killmail_id = kills.killmail_id
)

UPDATE core.kills_fact AS kills SET
    total_value = merged.total_value,
    fitted_value = merged.fitted_value,
    dropped_value = merged.dropped_value,
    destroyed_value = merged.destroyed_value,
    value_source = merged.value_source,
    points = merged.points,
    points_source = merged.points_source,
    npc = merged.npc,
    solo = merged.solo,
    awox = merged.awox,
    priced_value = merged.priced_value,
    rule_points = merged.rule_points,
    rule_npc = merged.rule_npc,
    rule_solo = merged.rule_solo,
    rule_awox = merged.rule_awox
FROM merged
WHERE
    kills.killmail_id = merged.killmail_id
    AND (
        merged.total_value,
        merged.fitted_value,
        merged.dropped_value,
        merged.destroyed_value,
        merged.value_source,
        merged.points,
        merged.points_source,
        merged.npc,
        merged.solo,
        merged.awox,
        merged.priced_value,
        merged.rule_points,
        merged.rule_npc,
        merged.rule_solo,
        merged.rule_awox
    ) IS DISTINCT FROM (
        kills.total_value,
        kills.fitted_value,
        kills.dropped_value,
        kills.destroyed_value,
        kills.value_source,
        kills.points,
        kills.points_source,
        kills.npc,
        kills.solo,
        kills.awox,
        kills.priced_value,
        kills.rule_points,
        kills.rule_npc,
        kills.rule_solo,
        kills.rule_awox
    )
