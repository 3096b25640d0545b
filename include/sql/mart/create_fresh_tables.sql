-- Empty tables for the fresh rows of one UTC day, shaped like those of the mart; temporary, gone with the transaction.
-- Grain: that of each mart table.
CREATE TEMPORARY TABLE fresh_activity_daily (LIKE mart.activity_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_activity_hourly (LIKE mart.activity_hourly INCLUDING GENERATED) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_ships_daily (LIKE mart.ships_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_value_distribution (LIKE mart.value_distribution) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_fleet_sizes (LIKE mart.fleet_sizes) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_systems_daily (LIKE mart.systems_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_corporations_daily (LIKE mart.corporations_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_items_daily (LIKE mart.items_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_relations_daily (LIKE mart.relations_daily) ON COMMIT DROP;
