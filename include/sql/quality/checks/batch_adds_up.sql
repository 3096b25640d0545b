-- Claim: what the batch took up is what it holds, refused, knew or could not get.
SELECT
    batches.batch_id,
    batches.claimed,
    batches.candidates,
    batches.quarantined,
    batches.known,
    batches.gone,
    (SELECT count(*) FROM candidate.kills_fact_batch) AS rows
FROM staging.batches
WHERE
    batches.batch_id = :batch_id
    AND (
        batches.claimed != batches.candidates + batches.quarantined + batches.known + batches.gone
        OR batches.candidates != (SELECT count(*) FROM candidate.kills_fact_batch)
    )
