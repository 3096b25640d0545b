-- Makes the mart's rows of one UTC day the fresh ones. Only what differs is written: a day that grows by some killmails
-- is summed up every few minutes, and most of its rows stay as they are. The day is named wherever old rows are looked up,
-- so that no other day is read. Grain: that of each table. Parameters: day.
ANALYZE
fresh_activity_daily,
fresh_activity_hourly,
fresh_ships_daily,
fresh_value_distribution,
fresh_fleet_sizes,
fresh_systems_daily,
fresh_corporations_daily,
fresh_items_daily,
fresh_relations_daily;

DELETE FROM mart.activity_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_activity_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.activity_daily
SELECT fresh.*
FROM fresh_activity_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.activity_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id;

DELETE FROM mart.activity_hourly AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_activity_hourly AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.activity_hourly (entity_id, entity_kind, day, hour, kills, losses, isk_killed, isk_lost)
SELECT
    fresh.entity_id,
    fresh.entity_kind,
    fresh.day,
    fresh.hour,
    fresh.kills,
    fresh.losses,
    fresh.isk_killed,
    fresh.isk_lost
FROM fresh_activity_hourly AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.activity_hourly AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.hour = fresh.hour
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.hour;

DELETE FROM mart.ships_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_ships_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.ships_daily
SELECT fresh.*
FROM fresh_ships_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.ships_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.ship_type_id = fresh.ship_type_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.ship_type_id;

DELETE FROM mart.value_distribution AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_value_distribution AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.value_distribution
SELECT fresh.*
FROM fresh_value_distribution AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.value_distribution AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.magnitude = fresh.magnitude
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.magnitude;

DELETE FROM mart.fleet_sizes AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_fleet_sizes AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.fleet_sizes
SELECT fresh.*
FROM fresh_fleet_sizes AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.fleet_sizes AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.at_least = fresh.at_least
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.at_least;

DELETE FROM mart.systems_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_systems_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.systems_daily
SELECT fresh.*
FROM fresh_systems_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.systems_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.system_id = fresh.system_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.system_id;

DELETE FROM mart.corporations_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_corporations_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.corporations_daily
SELECT fresh.*
FROM fresh_corporations_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.corporations_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.corporation_id = fresh.corporation_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.corporation_id;

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

DELETE FROM mart.relations_daily AS old
WHERE
    old.day = :day
    AND NOT EXISTS (
        SELECT 1 FROM fresh_relations_daily AS fresh
        WHERE fresh.* = old.*
    );

INSERT INTO mart.relations_daily
SELECT fresh.*
FROM fresh_relations_daily AS fresh
WHERE
    NOT EXISTS (
        SELECT 1 FROM mart.relations_daily AS old
        WHERE
            old.day = :day
            AND old.entity_kind = fresh.entity_kind
            AND old.entity_id = fresh.entity_id
            AND old.other_id = fresh.other_id
    )
ORDER BY fresh.entity_kind, fresh.entity_id, fresh.other_id;
