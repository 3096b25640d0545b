-- The prices of one day on their way in. Grain: one row per type. Temporary, gone with the transaction.
CREATE TEMPORARY TABLE incoming_prices (
    type_id integer PRIMARY KEY,
    average numeric(20, 2) NOT NULL
) ON COMMIT DROP;
