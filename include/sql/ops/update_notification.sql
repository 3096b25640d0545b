-- Notes one attempt to send a message; without an error it is sent, after `most` attempts it is given up.
-- Grain: one row. Parameters: notification_id, at (now), error (null where it was sent), most.
UPDATE ops.notifications SET
    attempts = attempts + 1,
    attempted_at = :at,
    error = :error,
    sent_at = CASE WHEN cast(:error AS text) IS NULL THEN cast(:at AS timestamptz) END,
    state = CASE
        WHEN cast(:error AS text) IS NULL THEN 'sent'
        WHEN attempts + 1 >= :most THEN 'failed'
        ELSE 'waiting'
    END
WHERE notification_id = :notification_id
