-- Notes which Airflow asks about blocked batches, and that it does so now; the first time also until when an answer is waited
-- for. Grain: one row per batch. Parameters: ids, installation, hours (to wait for an answer).
-- A batch on which somebody decides at the moment is left alone. Idempotent: the deadline stays as it was first set.
UPDATE staging.batches SET
    asked_by = :installation,
    asked_at = now(),
    answer_due_at = coalesce(answer_due_at, now() + make_interval(secs => :hours * 3600))
WHERE
    batch_id IN (
        SELECT waiting.batch_id
        FROM staging.batches AS waiting
        WHERE waiting.batch_id = any(:ids) AND waiting.state = 'blocked'
        FOR UPDATE SKIP LOCKED
    )
RETURNING batch_id, answer_due_at
