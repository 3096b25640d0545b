-- Claim: no victim lacks killmail, ship or damage.
SELECT
    killmail_id,
    ship_type_id,
    damage_taken
FROM candidate.kill_victims_batch
WHERE killmail_id IS NULL OR ship_type_id IS NULL OR damage_taken IS NULL
