-- Records what a person did. Grain: one row per action. Parameters: as named.
INSERT INTO quality.actions (actor, action, batch_id, quarantine_id, killmail_id, note)
VALUES (:actor, :action, :batch_id, :quarantine_id, :killmail_id, :note)
