-- How many bytes the bodies and zkb blocks of killmails have as they are read, of which no body is sent or unpacked.
-- Grain: one row per killmail. Parameters: ids.
SELECT
    killmail_id,
    coalesce(octet_length(body), 0) + coalesce(octet_length(zkb::text), 0) AS size
FROM staging.killmails
WHERE killmail_id = any(:ids)
