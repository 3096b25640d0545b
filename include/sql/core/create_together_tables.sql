-- What batches that are promoted together bring, and what core has in the ranges that are built for them.
-- Grain: promotion_together has a row per killmail and batch, the others one per killmail: promotion_there of what core had when its range
-- was begun, with when it had last changed; promotion_built of what comes to core with its range; promotion_outdated of what core has
-- otherwise by now than its range was built with it. Temporary, gone with the transaction.
CREATE TEMPORARY TABLE promotion_together (batch_id bigint, killmail_id bigint) ON COMMIT DROP;

CREATE TEMPORARY TABLE promotion_there (killmail_id bigint, changed_at timestamptz) ON COMMIT DROP;

CREATE TEMPORARY TABLE promotion_built (killmail_id bigint) ON COMMIT DROP;

CREATE TEMPORARY TABLE promotion_outdated (killmail_id bigint) ON COMMIT DROP;
