-- Batches with the gate's latest run, the latest first: one of them, or those in one state (blocked: they wait for a person;
-- rejected: a person said no).
-- Grain: one row per batch. Parameters: batch_id, state (null for any), before (batch_id of the last one shown; null for the first
-- page), limit.
SELECT
    batch_id,
    state,
    owner,
    dag_id,
    dag_run_id,
    source,
    built_at,
    finished_at,
    answer_due_at,
    claimed,
    candidates,
    promoted,
    quarantined,
    known,
    run_id,
    outcome,
    critical_failures
FROM quality.reviewed_batches
WHERE
    (cast(:batch_id AS bigint) IS NULL OR batch_id = cast(:batch_id AS bigint))
    AND (cast(:state AS text) IS NULL OR state = cast(:state AS text))
    AND (cast(:before AS bigint) IS NULL OR batch_id < cast(:before AS bigint))
ORDER BY batch_id DESC
LIMIT :limit
