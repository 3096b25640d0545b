-- Prunes promoted rows that are older than the given days. Parameters: days. Idempotent.
DELETE FROM staging.killmails
WHERE state = 'promoted' AND promoted_at < now() - make_interval(secs => :days * 86400)
