-- Our figures on their way to core. Grain: one row per killmail, and one per item with a price. Temporary, gone with the
-- transaction.
CREATE TEMPORARY TABLE own_figures (
    killmail_id bigint PRIMARY KEY,
    priced_value bigint,
    priced_dropped_value numeric(20, 2),
    priced_destroyed_value numeric(20, 2),
    rule_points integer NOT NULL,
    rule_npc boolean NOT NULL,
    rule_solo boolean NOT NULL,
    rule_awox boolean NOT NULL
) ON COMMIT DROP;

CREATE TEMPORARY TABLE own_prices (
    killmail_id bigint NOT NULL,
    item_index smallint NOT NULL,
    unit_price numeric(20, 2) NOT NULL,
    PRIMARY KEY (killmail_id, item_index)
) ON COMMIT DROP;
