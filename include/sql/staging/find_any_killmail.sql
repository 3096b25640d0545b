-- Whether the warehouse holds any killmail, wherever on its way. Grain: one row.
SELECT
    EXISTS (SELECT FROM staging.killmails)
    OR EXISTS (SELECT FROM core.kills_fact)
    OR EXISTS (SELECT FROM quality.quarantine) AS holds_any
