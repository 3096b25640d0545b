-- Claim: no field came that ESI never sent before, and no value in a zkb block (zkb.points) that cannot be read.
SELECT
    batches.batch_id,
    batches.unknown_fields
FROM staging.batches
WHERE batches.batch_id = :batch_id AND cardinality(batches.unknown_fields) > 0
