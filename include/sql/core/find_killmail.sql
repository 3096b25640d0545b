-- One killmail whole, with its victim and the names that are known. Grain: one row or none. Parameters: killmail_id.
SELECT *
FROM core.killmails_named
WHERE killmail_id = :killmail_id
