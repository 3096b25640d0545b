-- Puts a message for one target down, to be sent after the transaction. Grain: one row. Parameters: as named; at is now.
INSERT INTO ops.notifications (created_at, target, severity, subject, body)
VALUES (:at, :target, :severity, :subject, :body)
