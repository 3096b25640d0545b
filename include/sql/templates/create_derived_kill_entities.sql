-- An empty table for what kill_characters, kill_corporations or kill_alliances should hold of some killmails of core. Grain: one row
-- per killmail and entity. Temporary, gone with the transaction.
CREATE TEMPORARY TABLE derived_kill_any_entities (LIKE core.kill_any_entities INCLUDING GENERATED) ON COMMIT DROP
