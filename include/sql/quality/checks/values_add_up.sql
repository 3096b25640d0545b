-- Claim: what was destroyed and what dropped are worth no less than nothing, and together no more than all (1 ISK of
-- rounding). Silent where no zkb block gave values.
SELECT
    killmail_id,
    total_value,
    destroyed_value,
    dropped_value
FROM candidate.kills_fact_batch
WHERE destroyed_value < 0 OR dropped_value < 0 OR destroyed_value + dropped_value > total_value + 1
