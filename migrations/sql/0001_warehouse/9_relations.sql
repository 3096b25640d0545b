-- From the kill tables to characters, corporations and alliances: relations for programs that read the catalog (Prisma, BI,
-- docs/data-model.md). Promotion keeps them true, as it brings everybody on a killmail to core along with it, so nothing checks them
-- (NOT ENFORCED) and loading pays nothing for them.

DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT
            format('core.%I', tables.relname) AS child,
            columns.attname AS named_by,
            entities.parent
        FROM pg_class AS tables
        INNER JOIN pg_attribute AS columns ON tables.oid = columns.attrelid
        INNER JOIN
            (
                VALUES
                ('killmail_id', 'core.kills_fact'),
                ('character_id', 'core.characters'),
                ('corporation_id', 'core.corporations'),
                ('alliance_id', 'core.alliances')
            ) AS entities (named_by, parent)
            ON columns.attname = entities.named_by
        WHERE
            tables.relnamespace = 'core'::regnamespace
            AND tables.relkind IN ('r', 'p')
            AND NOT tables.relispartition
            AND tables.relname LIKE 'kill\_%'
        ORDER BY tables.oid, columns.attnum
    LOOP
        EXECUTE format(
            'ALTER TABLE %s ADD FOREIGN KEY (%I) REFERENCES %s NOT ENFORCED', relation.child, relation.named_by, relation.parent
        );
    END LOOP;
END
$$;
