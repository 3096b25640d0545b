-- Notes that a day's prices were asked for and what came. A day that is not there now keeps what it gave before.
-- Grain: one row per day and source. Parameters: day, source, is_there, prices, dropped, is_changed.
INSERT INTO reference.price_days AS known (day, source, asked_at, is_there, prices, dropped, changed_at)
VALUES (
    :day,
    :source,
    now(),
    :is_there,
    :prices,
    cast(:dropped AS jsonb),
    CASE WHEN :is_changed THEN clock_timestamp() END
)
ON CONFLICT (day, source) DO UPDATE SET
    asked_at = excluded.asked_at,
    is_there = excluded.is_there OR known.is_there,
    prices = CASE WHEN excluded.is_there THEN excluded.prices ELSE known.prices END,
    dropped = CASE WHEN excluded.is_there THEN excluded.dropped ELSE known.dropped END,
    changed_at = coalesce(excluded.changed_at, known.changed_at)
