-- Sums up a UTC day from core again, and keeps it: changes up to this transaction's snapshot are in it, later ones have a row
-- of its own in touched_days. The day is named wherever old rows are looked up, so that no other day is read. Idempotent.
-- Grain: that of each table. Parameters: day.
DELETE FROM mart.settled_items
WHERE day = :day;

INSERT INTO mart.settled_items
SELECT derived.*
FROM mart.derived_items AS derived
WHERE derived.day = :day
ORDER BY derived.type_id;

DELETE FROM mart.settled_crews
WHERE day = :day;

INSERT INTO mart.settled_crews
SELECT derived.*
FROM mart.derived_crews AS derived
WHERE derived.day = :day
ORDER BY derived.entity_kind, derived.entity_id;

DELETE FROM mart.settled_sums
WHERE day = :day;

-- comes after settled_crews, which say what was flown
INSERT INTO mart.settled_sums
SELECT derived.*
FROM mart.derived_sums AS derived
WHERE derived.day = :day
ORDER BY derived.counted_by, derived.entity_id, derived.bucket;
