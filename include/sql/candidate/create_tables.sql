-- Makes the candidate tables of one batch: UNLOGGED, shaped like core with its defaults and generated columns, so that the
-- gate judges what readers would see, but without keys or constraints, so that COPY runs at full speed and it is the gate
-- that judges. zkb_changes holds the zkb blocks of kills known to core; the one row of intact is gone when PostgreSQL
-- crashed, as it then empties UNLOGGED tables. The columns are read from the catalog: LIKE would hold a lock on core's tables
-- for as long as the batch is built, in the way of whoever attaches or detaches a range.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT
            tables.relation,
            string_agg(
                format('%I %s', columns.attname, format_type(columns.atttypid, columns.atttypmod))
                || CASE
                    WHEN columns.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', defaults.expression)
                    WHEN columns.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', defaults.expression)
                    WHEN columns.atthasdef THEN ' DEFAULT ' || defaults.expression
                    ELSE ''
                END,
                ', ' ORDER BY columns.attnum
            ) AS columns
        FROM (
            VALUES
            ('candidate.each_candidate_batch', 'core.each_candidate'::regclass),
            ('candidate.zkb_changes_batch', 'core.kills_fact'::regclass)
        ) AS tables (relation, core)
        INNER JOIN pg_attribute AS columns
            ON tables.core = columns.attrelid AND columns.attnum > 0 AND NOT columns.attisdropped
        LEFT JOIN (
            SELECT
                adrelid,
                adnum,
                pg_get_expr(adbin, adrelid) AS expression
            FROM pg_attrdef
        ) AS defaults ON columns.attrelid = defaults.adrelid AND columns.attnum = defaults.adnum
        GROUP BY tables.relation
    LOOP
        EXECUTE format('CREATE UNLOGGED TABLE %s (%s)', wanted.relation, wanted.columns);
    END LOOP;
END
$$;

CREATE UNLOGGED TABLE candidate.intact_batch AS SELECT true AS is_intact;

-- Whoever built a batch, who loads can finish it or drop it.
DO $$
DECLARE
    made text;
BEGIN
    IF current_user != 'killmart_loader' AND pg_has_role(current_user, to_regrole('killmart_loader'), 'SET') THEN
        FOREACH made IN ARRAY ARRAY[
            'candidate.each_candidate_batch',
            'candidate.zkb_changes_batch',
            'candidate.intact_batch'
        ] LOOP
            EXECUTE format('ALTER TABLE %s OWNER TO killmart_loader', made);
        END LOOP;
    END IF;
END
$$;
