-- Keeps refused killmails until their batch is built. Grain: one row per refusal. Parameters: as named.
INSERT INTO refused (killmail_id, killmail_hash, reason, detail, body, feed)
VALUES (:killmail_id, :killmail_hash, :reason, :detail, :body, :feed)
