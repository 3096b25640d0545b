-- Gives each candidate table the key of its table in core: PostgreSQL then has proven that no row is there twice.
-- A table whose rows do not have it stays without, and the claims that rest on it look at the rows. Idempotent.
DO $$
DECLARE
    wanted record;
BEGIN
    SET LOCAL lock_timeout = '10s';
    FOR wanted IN
        SELECT *
        FROM (
            VALUES
            ('candidate.kills_fact_batch'::regclass, 'killmail_id'),
            ('candidate.kill_victims_batch'::regclass, 'killmail_id'),
            ('candidate.kill_attackers_batch'::regclass, 'killmail_id, attacker_index'),
            ('candidate.kill_characters_batch'::regclass, 'killmail_id, character_id'),
            ('candidate.kill_corporations_batch'::regclass, 'killmail_id, corporation_id'),
            ('candidate.kill_alliances_batch'::regclass, 'killmail_id, alliance_id'),
            ('candidate.kill_systems_batch'::regclass, 'killmail_id'),
            ('candidate.kill_items_batch'::regclass, 'killmail_id, item_index')
        ) AS keys (relation, columns)
        WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = keys.relation AND contype = 'p')
    LOOP
        BEGIN
            EXECUTE 'ALTER TABLE ' || wanted.relation || ' ADD PRIMARY KEY (' || wanted.columns || ')';
        EXCEPTION
            WHEN unique_violation OR not_null_violation OR lock_not_available THEN
                RAISE NOTICE '% is without its key: %', wanted.relation, SQLERRM;
        END;
    END LOOP;
END
$$
