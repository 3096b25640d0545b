-- The first and the last day on which an entity killed or lost; nulls where it never did. Grain: one row.
-- Parameters: entity_kind, entity_id.
SELECT
    min(day) AS first_day,
    max(day) AS last_day
FROM mart.appearances
WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id
