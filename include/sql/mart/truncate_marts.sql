-- Empties the tables of the mart; what core has is touched next, in the same transaction. Grain: none. touched_days stays: a lock on
-- it would have promotions wait for the readers whom this waits for.
TRUNCATE
mart.settled_items,
mart.settled_crews,
mart.settled_sums,
mart.battles,
mart.battle_sides,
mart.battle_kills
