-- The body of one entry in quarantine, and what staging holds of its killmail. Grain: one row or none.
-- Parameters: quarantine_id.
SELECT
    entry.body,
    staged.state AS staging_state,
    staged.zkb::text AS zkb
FROM quality.quarantine AS entry
LEFT JOIN staging.killmails AS staged ON entry.killmail_id = staged.killmail_id
WHERE entry.quarantine_id = :quarantine_id
