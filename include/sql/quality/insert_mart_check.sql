-- Records a comparison of a day of mart with core. Grain: one row. Parameters: checked_at, day, differing (names of tables).
INSERT INTO quality.mart_checks (checked_at, day, differing)
VALUES (:checked_at, :day, cast(:differing AS text[]))
