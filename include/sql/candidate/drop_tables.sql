-- Drops the candidate tables of one batch. Idempotent.
DROP TABLE IF EXISTS
candidate.kills_fact_batch,
candidate.kill_victims_batch,
candidate.kill_attackers_batch,
candidate.kill_characters_batch,
candidate.kill_corporations_batch,
candidate.kill_alliances_batch,
candidate.kill_systems_batch,
candidate.kill_items_batch,
candidate.characters_batch,
candidate.corporations_batch,
candidate.alliances_batch,
candidate.zkb_changes_batch,
candidate.intact_batch;
