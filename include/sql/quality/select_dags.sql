-- DAGs that have validation runs, found by hopping along the index from one to the next. Grain: one row per DAG.
-- Parameters: none.
WITH RECURSIVE dags AS (
    (
        SELECT dag_id FROM quality.validation_runs
        WHERE dag_id IS NOT NULL
        ORDER BY dag_id
        LIMIT 1
    )
    UNION ALL
    SELECT
        (
            SELECT runs.dag_id FROM quality.validation_runs AS runs
            WHERE runs.dag_id > dags.dag_id
            ORDER BY runs.dag_id
            LIMIT 1
        )
    FROM dags
    WHERE dags.dag_id IS NOT NULL
)

SELECT dag_id FROM dags
WHERE dag_id IS NOT NULL
