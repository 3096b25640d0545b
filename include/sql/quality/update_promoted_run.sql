-- Writes into a batch's validation runs what was promoted. Parameters: batch_id, promoted, known. Idempotent.
UPDATE quality.validation_runs SET
    promoted = :promoted,
    known = :known
WHERE batch_id = :batch_id
