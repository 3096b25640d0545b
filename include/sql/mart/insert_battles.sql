-- Writes battles with their sides and killmails. Grain: one row per battle; per battle and side; per killmail.
-- Parameters: battles, battle_sides, battle_kills (each a JSON array of objects whose keys are the table's columns).
INSERT INTO mart.battles
SELECT given.* FROM jsonb_populate_recordset(cast(NULL AS mart.battles), cast(:battles AS jsonb)) AS given;

INSERT INTO mart.battle_sides
SELECT given.* FROM jsonb_populate_recordset(cast(NULL AS mart.battle_sides), cast(:battle_sides AS jsonb)) AS given;

INSERT INTO mart.battle_kills
SELECT given.* FROM jsonb_populate_recordset(cast(NULL AS mart.battle_kills), cast(:battle_kills AS jsonb)) AS given;
