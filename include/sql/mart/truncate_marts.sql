-- Empties the whole mart; what core has is touched next, in the same transaction. Grain: none.
TRUNCATE
mart.touched_days,
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
