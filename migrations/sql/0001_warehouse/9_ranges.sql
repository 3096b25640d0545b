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

CREATE FUNCTION core.first_id(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN $1 = 0 THEN cast(-9223372036854775808 AS bigint) ELSE $1 * core.range_width() END
$$;
COMMENT ON FUNCTION core.first_id IS 'The least id that the range of this number may have';

CREATE FUNCTION core.last_id(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN $1 = core.last_range() THEN cast(9223372036854775807 AS bigint) ELSE ($1 + 1) * core.range_width() - 1 END
$$;
COMMENT ON FUNCTION core.last_id IS 'The greatest id that the range of this number may have';

-- Who makes a table LIKE another holds a lock on that one until the transaction ends, and on the whole it would keep another range from
-- being exchanged: a range is minutes in the making.
CREATE FUNCTION core.shape_of(core_table text) RETURNS regclass LANGUAGE sql STABLE AS $$
    SELECT coalesce(to_regclass(format('core.%I', $1 || '_r' || core.last_range())), to_regclass(format('core.%I', $1)))
$$;
COMMENT ON FUNCTION core.shape_of IS
'The table to make others LIKE that are to have the columns of this table of core: of a kill table its last range, else itself';

-- A range of a kill table is made in three steps: created, bare; indexed, once its rows are in it; and attached, in place of the range that
-- was there. One that is being filled lies in the schema candidate, where its names are in nobody's way: who needs the same range
-- meanwhile makes it, empty, in core. SECURITY DEFINER: who loads does not own the tables.
CREATE FUNCTION core.create_part(kill_table text, number bigint, home text DEFAULT 'candidate') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := kill_table || '_r' || number;
    bare text := CASE home WHEN 'core' THEN part ELSE part || '_bare' END;
BEGIN
    -- first in core: who reads or loads there may do so with what its owner makes there (include/sql/roles/grant_privileges.sql)
    EXECUTE format('CREATE TABLE core.%I (LIKE %s INCLUDING ALL EXCLUDING INDEXES)', bare, core.shape_of(kill_table));
    IF home != 'core' THEN
        EXECUTE format('ALTER TABLE core.%I SET SCHEMA %I', bare, home);
        EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', home, bare, part);
    END IF;
    EXECUTE format(
        'ALTER TABLE %I.%I ADD CONSTRAINT bounds CHECK (killmail_id BETWEEN %s AND %s)', -- attaching then reads nothing
        home, part, core.first_id(number), core.last_id(number)
    );
END
$$;
COMMENT ON FUNCTION core.create_part IS
'Creates the table that is to be a range of a kill table in a schema, without keys and indexes, with a CHECK of its bounds';
REVOKE EXECUTE ON FUNCTION core.create_part FROM public;

-- Indexes are called as those of the whole with the number behind: readers of plans want to know which one was used.
CREATE FUNCTION core.index_part(kill_table text, number bigint, home text DEFAULT 'candidate') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := kill_table || '_r' || number;
    wanted record;
BEGIN
    FOR wanted IN
        SELECT
            indexes.relname || '_r' || number AS name,
            pg_index.indisprimary AS is_key,
            CASE WHEN pg_index.indisunique THEN 'UNIQUE' ELSE '' END AS kind,
            substring(pg_get_indexdef(pg_index.indexrelid) FROM 'USING .*') AS definition
        FROM pg_index
        INNER JOIN pg_class AS indexes ON pg_index.indexrelid = indexes.oid
        WHERE pg_index.indrelid = to_regclass(format('core.%I', kill_table))
        ORDER BY indexes.oid
    LOOP
        EXECUTE format('CREATE %s INDEX %I ON %I.%I %s', wanted.kind, wanted.name, home, part, wanted.definition);
        IF wanted.is_key THEN
            EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %3$I', home, part, wanted.name);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION core.index_part IS 'Gives a table that core.create_part has made the key and the indexes of its kill table';
REVOKE EXECUTE ON FUNCTION core.index_part FROM public;

-- A table that is attached locks no reader out, as one made by PARTITION OF would; where it takes the place of another, readers of the
-- kill table have to be gone, and wait until the transaction ends.
CREATE FUNCTION core.attach_part(kill_table text, number bigint, home text DEFAULT 'candidate') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := kill_table || '_r' || number;
    lower_bound text := CASE WHEN number = 0 THEN 'MINVALUE' ELSE core.first_id(number)::text END;
    upper_bound text := CASE WHEN number = core.last_range() THEN 'MAXVALUE' ELSE core.first_id(number + 1)::text END;
BEGIN
    IF home != 'core' AND to_regclass(format('core.%I', part)) IS NOT NULL THEN
        EXECUTE format('DROP TABLE core.%I', part);
    END IF;
    EXECUTE format(
        'ALTER TABLE core.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%s) TO (%s)', kill_table, home, part, lower_bound, upper_bound
    );
    EXECUTE format('ALTER TABLE %I.%I DROP CONSTRAINT bounds', home, part);
    EXECUTE format('ALTER TABLE %I.%I SET SCHEMA core', home, part);
    EXECUTE format(
        'COMMENT ON TABLE core.%I IS %L',
        part, format('Rows of core.%s: ids from %s to before %s', kill_table, lower_bound, upper_bound)
    );
END
$$;
COMMENT ON FUNCTION core.attach_part IS
'Makes a table that core.index_part has indexed the range of a kill table, in place of the one that was there, which is dropped';
REVOKE EXECUTE ON FUNCTION core.attach_part FROM public;

CREATE FUNCTION core.drop_part(kill_table text, number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TABLE candidate.%I', kill_table || '_r' || number);
END
$$;
COMMENT ON FUNCTION core.drop_part IS 'Drops a table that core.create_part has made and that is not attached';
REVOKE EXECUTE ON FUNCTION core.drop_part FROM public;

-- Who comes second at the same moment waits, and finds the range made.
CREATE FUNCTION core.make_ranges(numbers bigint[], kill_tables text[] DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
    made integer := 0;
BEGIN
    FOR wanted IN
        SELECT
            ranges.number,
            tables.relname::text AS kill_table,
            format('core.%I', tables.relname || '_r' || ranges.number) AS part
        FROM (SELECT DISTINCT unnest(numbers) AS number) AS ranges
        CROSS JOIN pg_partitioned_table AS partitioned
        INNER JOIN pg_class AS tables ON partitioned.partrelid = tables.oid AND tables.relnamespace = 'core'::regnamespace
        WHERE ranges.number BETWEEN 0 AND core.last_range() AND coalesce(tables.relname = any(kill_tables), TRUE)
        ORDER BY ranges.number, tables.oid
    LOOP
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        EXECUTE format('LOCK TABLE ONLY core.%I IN SHARE UPDATE EXCLUSIVE MODE', wanted.kill_table);
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        PERFORM core.create_part(wanted.kill_table, wanted.number, 'core');
        PERFORM core.index_part(wanted.kill_table, wanted.number, 'core');
        PERFORM core.attach_part(wanted.kill_table, wanted.number, 'core');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION core.make_ranges IS
'Makes the ranges of these numbers in all kill tables, or in these, where they are not there yet; returns how many tables were made';
REVOKE EXECUTE ON FUNCTION core.make_ranges FROM public;

SELECT core.make_ranges(ARRAY[0, core.last_range()]);
