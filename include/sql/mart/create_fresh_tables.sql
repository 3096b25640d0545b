-- Empty tables for the fresh rows of one UTC day, shaped like those of the mart; temporary, gone with the transaction.
-- Grain: that of each mart table.
CREATE TEMPORARY TABLE fresh_items_daily (LIKE mart.items_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_crews_daily (LIKE mart.crews_daily) ON COMMIT DROP;
CREATE TEMPORARY TABLE fresh_members_daily (LIKE mart.members_daily) ON COMMIT DROP;
