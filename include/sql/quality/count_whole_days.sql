-- How many UTC days were compared with a source, and how many of them lack nothing. Grain: one row.
SELECT
    count(*) AS loaded,
    count(*) FILTER (WHERE missing = '{}') AS complete,
    min(day) AS first_day,
    max(day) AS last_day
FROM quality.day_coverage
WHERE sources != '{}'
