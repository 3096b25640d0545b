-- DAG runs of Airflow that have not ended, with when they began: nothing that belongs to one is older. A run that was cleared
-- keeps the moment when it was made. Null where nothing of it has begun: it has no rows that age.
-- Grain: one row per run, the oldest first. Parameters: none.
SELECT
    dag_run.dag_id,
    dag_run.run_id,
    CASE WHEN begun.at IS NOT NULL THEN least(dag_run.created_at, begun.at) END AS began_at
FROM dag_run
LEFT JOIN LATERAL (
    SELECT least(dag_run.start_date, min(task_instance.start_date)) AS at
    FROM task_instance
    WHERE task_instance.dag_id = dag_run.dag_id AND task_instance.run_id = dag_run.run_id
) AS begun ON TRUE
WHERE dag_run.state IN ('queued', 'running')
ORDER BY began_at NULLS LAST, dag_run.dag_id, dag_run.run_id
