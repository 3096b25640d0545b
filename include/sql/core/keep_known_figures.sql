-- A killmail that comes again keeps what core knows of it beyond its body, where its new row does not know it: what
-- zKillboard gave, key by key, and if it is the same body what we worked out of it while prices and static data were there (its three
-- values come together or not at all).
-- Grain: one candidate row per killmail that core has. Idempotent.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
UPDATE candidate.kills_fact_batch AS candidate SET
    location_id = coalesce(candidate.location_id, kills.location_id),
    labels = coalesce(candidate.labels, kills.labels),
    zkb_total_value = coalesce(candidate.zkb_total_value, kills.zkb_total_value),
    zkb_fitted_value = coalesce(candidate.zkb_fitted_value, kills.zkb_fitted_value),
    zkb_dropped_value = coalesce(candidate.zkb_dropped_value, kills.zkb_dropped_value),
    zkb_destroyed_value = coalesce(candidate.zkb_destroyed_value, kills.zkb_destroyed_value),
    zkb_points = coalesce(candidate.zkb_points, kills.zkb_points),
    zkb_npc = coalesce(candidate.zkb_npc, kills.zkb_npc),
    zkb_solo = coalesce(candidate.zkb_solo, kills.zkb_solo),
    zkb_awox = coalesce(candidate.zkb_awox, kills.zkb_awox),
    priced_value = coalesce(candidate.priced_value, same.priced_value),
    priced_dropped_value = coalesce(candidate.priced_dropped_value, same.priced_dropped_value),
    priced_destroyed_value = coalesce(candidate.priced_destroyed_value, same.priced_destroyed_value),
    rule_points = coalesce(candidate.rule_points, same.rule_points),
    rule_npc = coalesce(candidate.rule_npc, same.rule_npc),
    rule_solo = coalesce(candidate.rule_solo, same.rule_solo),
    rule_awox = coalesce(candidate.rule_awox, same.rule_awox)
FROM core.kills_fact AS kills
INNER JOIN promotion_existing AS existing ON kills.killmail_id = existing.killmail_id
LEFT JOIN core.kills_fact AS same
    ON
        kills.killmail_id = same.killmail_id
        AND same.killmail_id BETWEEN :lowest AND :highest
        AND kills.killmail_id NOT IN (SELECT changed.killmail_id FROM promotion_changed AS changed)
WHERE candidate.killmail_id = kills.killmail_id AND kills.killmail_id BETWEEN :lowest AND :highest;
