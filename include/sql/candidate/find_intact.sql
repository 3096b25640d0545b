-- Whether a batch's candidate tables still hold what was put into them. Grain: one row.
SELECT EXISTS (SELECT 1 FROM candidate.intact_batch) AS is_intact
