-- Records a comparison of the junctions with core. Grain: one row. Parameters: checked_at, kills (compared), differing (their ids).
INSERT INTO quality.junction_checks (checked_at, kills, differing)
VALUES (:checked_at, :kills, cast(:differing AS bigint[]))
