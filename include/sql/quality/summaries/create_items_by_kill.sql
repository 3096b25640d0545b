-- What the claims want to know of items, in one pass. Grain: one row per killmail with items.
-- `gaps` counts rows that lack what none may lack; `odd_type_id` is an id that is no type, `unclear_item` the index of
-- an item that was neither dropped nor destroyed, or both; null where there is none.
DROP TABLE IF EXISTS pg_temp.items_by_kill;
CREATE TEMP TABLE items_by_kill AS
SELECT
    killmail_id,
    count(*) AS rows,
    min(item_index) AS lowest,
    max(item_index) AS highest,
    coalesce(bool_or(parent_index >= item_index), FALSE) AS is_content_first,
    count(*) FILTER (
        WHERE killmail_id IS NULL OR item_index IS NULL OR type_id IS NULL OR flag IS NULL OR singleton IS NULL
        OR quantity_dropped IS NULL OR quantity_destroyed IS NULL
    ) AS gaps,
    min(type_id) FILTER (WHERE NOT pg_temp.is_type_id(type_id)) AS odd_type_id,
    min(item_index) FILTER (WHERE (quantity_dropped != 0) = (quantity_destroyed != 0)) AS unclear_item
FROM candidate.kill_items_batch
GROUP BY killmail_id;
ANALYZE items_by_kill
