-- Airflows that built batches within the last day, the one that did last first. Grain: one row each. Parameters: none.
SELECT
    installation,
    max(built_at) AS last_built_at
FROM staging.batches
WHERE built_at >= now() - interval '1 day' AND dag_id IS NOT NULL
GROUP BY installation
ORDER BY last_built_at DESC
