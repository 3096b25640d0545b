-- Claim: a position has all three coordinates, or is not known at all (as before 2015-11-03).
SELECT
    killmail_id,
    position_x,
    position_y,
    position_z
FROM candidate.kills_fact_batch
WHERE num_nulls(position_x, position_y, position_z) NOT IN (0, 3)
