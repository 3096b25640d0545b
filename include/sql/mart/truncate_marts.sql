-- Empties the whole mart; what core has is touched next, in the same transaction. Grain: none. touched_days stays: a lock on
-- it would have promotions wait for the readers whom this waits for.
TRUNCATE
mart.activity_daily,
mart.activity_hourly,
mart.ships_daily,
mart.value_distribution,
mart.fleet_sizes,
mart.systems_daily,
mart.corporations_daily,
mart.items_daily,
mart.relations_daily,
mart.battles,
mart.battle_sides,
mart.battle_kills
