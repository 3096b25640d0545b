-- Drops the candidate tables of one batch. Idempotent.
DROP TABLE IF EXISTS
candidate.each_candidate_batch,
candidate.zkb_changes_batch,
candidate.intact_batch;
