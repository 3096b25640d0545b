-- Makes the mart's rows of one UTC day the fresh ones. Only what differs is written: a day that grows by some killmails
-- is summed up every few minutes, and most of its rows stay as they are. The day is named wherever old rows are looked up,
-- so that no other day is read. Grain: that of each table. Parameters: day.
ANALYZE
fresh_items_daily,
fresh_crews_daily,
fresh_members_daily;

DELETE FROM mart.items_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_items_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.items_daily
SELECT fresh.*
FROM fresh_items_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.items_daily AS old
        WHERE
            old.day = :day
            AND old.type_id = fresh.type_id
    )
ORDER BY fresh.type_id;

DELETE FROM mart.crews_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_crews_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.crews_daily
SELECT fresh.*
FROM fresh_crews_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.crews_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id;

DELETE FROM mart.members_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_members_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.members_daily
SELECT fresh.*
FROM fresh_members_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.members_daily AS old
        WHERE
            old.day = :day
            AND old.entity_id = fresh.entity_id
            AND old.corporation_id = fresh.corporation_id
    )
ORDER BY fresh.entity_id, fresh.corporation_id;
