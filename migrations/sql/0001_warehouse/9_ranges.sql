-- The ranges of killmail ids: all kill tables are cut at the same ids (docs/adr/0013-partitions.md). The first range and the last are
-- always there, and between them lie those that killmails have come to so far: promotion makes one before its first killmail.

CREATE FUNCTION core.range_width() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cast(5000000 AS bigint)
$$;
COMMENT ON FUNCTION core.range_width IS 'How many ids a range of the kill tables has';

-- EVE counts 7 million killmails a year: what is beyond a billion is no id of EVE, and makes no range of its own.
CREATE FUNCTION core.last_range() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1000000000 / core.range_width()
$$;
COMMENT ON FUNCTION core.last_range IS 'Number of the last range, which has all ids from a billion on';

CREATE FUNCTION core.range_of(killmail_id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(0, least($1 / core.range_width(), core.last_range()))
$$;
COMMENT ON FUNCTION core.range_of IS 'Number of the range of the kill tables that a killmail is in';

-- A table that is made LIKE another and attached locks no reader out, as one made by PARTITION OF would; it is empty, so attaching reads
-- nothing. SECURITY DEFINER: who loads need not own the tables. Who comes second at the same moment waits, and finds it made.
CREATE FUNCTION core.make_ranges(numbers bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
    index record;
    made integer := 0;
BEGIN
    FOR wanted IN
        SELECT
            ranges.number,
            format('core.%I', tables.relname) AS parent,
            format('core.%I', tables.relname || '_r' || ranges.number) AS part,
            CASE WHEN ranges.number = 0 THEN 'MINVALUE' ELSE (ranges.number * core.range_width())::text END AS lower_bound,
            CASE
                WHEN ranges.number = core.last_range() THEN 'MAXVALUE' ELSE ((ranges.number + 1) * core.range_width())::text
            END AS upper_bound
        FROM (SELECT DISTINCT unnest(numbers) AS number) AS ranges
        CROSS JOIN pg_partitioned_table AS partitioned
        INNER JOIN pg_class AS tables ON partitioned.partrelid = tables.oid AND tables.relnamespace = 'core'::regnamespace
        WHERE ranges.number BETWEEN 0 AND core.last_range()
        ORDER BY ranges.number, tables.oid
    LOOP
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', wanted.parent);
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', wanted.part, wanted.parent);
        EXECUTE format(
            'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
            wanted.parent, wanted.part, wanted.lower_bound, wanted.upper_bound
        );
        FOR index IN -- readers of plans want to know which one was used
            SELECT
                own.indexrelid::regclass AS own,
                of_parent.relname || '_r' || wanted.number AS name
            FROM pg_index AS own
            INNER JOIN pg_inherits ON own.indexrelid = pg_inherits.inhrelid
            INNER JOIN pg_class AS of_parent ON pg_inherits.inhparent = of_parent.oid
            WHERE own.indrelid = wanted.part::regclass
        LOOP
            EXECUTE format('ALTER INDEX %s RENAME TO %I', index.own, index.name);
        END LOOP;
        EXECUTE format(
            'COMMENT ON TABLE %s IS %L',
            wanted.part, format('Rows of %s: ids from %s to before %s', wanted.parent, wanted.lower_bound, wanted.upper_bound)
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION core.make_ranges IS
'Makes the ranges of these numbers in all kill tables, where they are not there yet; returns how many tables were made';
REVOKE EXECUTE ON FUNCTION core.make_ranges FROM public;

SELECT core.make_ranges(ARRAY[0, core.last_range()]);
