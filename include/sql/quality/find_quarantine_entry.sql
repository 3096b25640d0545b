-- One entry in quarantine with its body, and what staging holds of the killmail. Grain: one row or none.
-- Parameters: quarantine_id.
SELECT
    entry.quarantine_id,
    entry.killmail_id,
    entry.killmail_hash,
    entry.batch_id,
    entry.reason,
    entry.detail,
    entry.feed,
    octet_length(entry.body) AS body_bytes,
    entry.quarantined_at,
    entry.resolved_at,
    entry.resolution,
    entry.resolved_by,
    entry.body,
    staged.state AS staging_state,
    staged.zkb::text AS zkb
FROM quality.quarantine AS entry
LEFT JOIN staging.killmails AS staged ON entry.killmail_id = staged.killmail_id
WHERE entry.quarantine_id = :quarantine_id
