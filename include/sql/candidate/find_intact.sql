-- Whether a batch's candidate tables still hold what was put into them. Grain: one row.
SELECT count(*) = 1 AS is_intact
FROM candidate.intact_batch
