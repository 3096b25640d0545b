-- Empties the tables of the mart; what core has is touched next, in the same transaction. Grain: none. touched_days stays: a lock on
-- it would have promotions wait for the readers whom this waits for.
TRUNCATE
mart.items_daily,
mart.crews_daily,
mart.members_daily,
mart.battles,
mart.battle_sides,
mart.battle_kills
