-- Shows the planner what a batch's tables hold, as far as the junctions are derived from them. They are new, and a guess at their
-- rows makes plans that take a chunk of days for a handful.
ANALYZE candidate.kills_fact_batch (killmail_id);
ANALYZE candidate.kill_victims_batch (killmail_id, character_id, corporation_id, alliance_id);
ANALYZE candidate.kill_attackers_batch (killmail_id, attacker_index, character_id, corporation_id, alliance_id);
