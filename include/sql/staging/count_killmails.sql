-- How many killmails staging holds in each state. Grain: one row per state.
SELECT
    state,
    count(*) AS killmails
FROM staging.killmails
GROUP BY state
ORDER BY state
