-- Validation runs, the latest first. Grain: one row per run.
-- Parameters: before (run_id of the last one shown, null for the first page), dag_id and outcome (null for all),
-- is_command_line (only runs outside Airflow), limit.
SELECT
    run_id,
    batch_id,
    dag_id,
    dag_run_id,
    started_at,
    seconds,
    outcome,
    claimed,
    promoted,
    quarantined,
    known,
    gone
FROM quality.validation_runs
WHERE
    (cast(:before AS bigint) IS NULL OR run_id < cast(:before AS bigint))
    AND (cast(:dag_id AS text) IS NULL OR dag_id = cast(:dag_id AS text))
    AND (NOT :is_command_line OR dag_id IS NULL)
    AND (cast(:outcome AS text) IS NULL OR outcome = cast(:outcome AS text))
ORDER BY run_id DESC
LIMIT :limit
