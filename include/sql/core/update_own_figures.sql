-- Brings our figures of killmails and prices of their items to core. Grain: one row per killmail of which anything changes.
-- What is known is not forgotten where a price is missing now: the three values come together or not at all. Idempotent:
-- the same figures and prices again write nothing.
-- Parameters: lowest and highest (ids, both included, between which the killmails lie).
WITH repriced AS (
    UPDATE core.kill_items AS items SET unit_price = own.unit_price
    FROM own_prices AS own
    WHERE
        items.killmail_id = own.killmail_id
        AND items.killmail_id BETWEEN :lowest AND :highest
        AND items.item_index = own.item_index
        AND items.unit_price IS DISTINCT FROM own.unit_price
    RETURNING items.killmail_id
),

merged AS (
    SELECT
        own.killmail_id,
        coalesce(own.priced_value, kills.priced_value) AS priced_value,
        coalesce(own.priced_dropped_value, kills.priced_dropped_value) AS priced_dropped_value,
        coalesce(own.priced_destroyed_value, kills.priced_destroyed_value) AS priced_destroyed_value,
        own.rule_points,
        own.rule_npc,
        own.rule_solo,
        own.rule_awox
    FROM own_figures AS own
    INNER JOIN core.kills_fact AS kills ON own.killmail_id = kills.killmail_id
    WHERE kills.killmail_id BETWEEN :lowest AND :highest
)

UPDATE core.kills_fact AS kills SET
    changed_at = statement_timestamp(),
    priced_value = merged.priced_value,
    priced_dropped_value = merged.priced_dropped_value,
    priced_destroyed_value = merged.priced_destroyed_value,
    rule_points = merged.rule_points,
    rule_npc = merged.rule_npc,
    rule_solo = merged.rule_solo,
    rule_awox = merged.rule_awox
FROM merged
WHERE
    kills.killmail_id = merged.killmail_id
    AND kills.killmail_id BETWEEN :lowest AND :highest
    AND (
        kills.killmail_id IN (SELECT repriced.killmail_id FROM repriced)
        OR (
            merged.priced_value,
            merged.priced_dropped_value,
            merged.priced_destroyed_value,
            merged.rule_points,
            merged.rule_npc,
            merged.rule_solo,
            merged.rule_awox
        ) IS DISTINCT FROM (
            kills.priced_value,
            kills.priced_dropped_value,
            kills.priced_destroyed_value,
            kills.rule_points,
            kills.rule_npc,
            kills.rule_solo,
            kills.rule_awox
        )
    )
