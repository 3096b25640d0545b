-- Writes the statements that make a new, empty database as another one is: owner, locale, who may use it, settings. Grain: one row per
-- statement, in the order of `place`; none where the other one is not there. Parameters: database, model.
WITH model AS (
    SELECT
        pg_database.*,
        pg_tablespace.spcname,
        pg_get_userbyid(pg_database.datdba) AS owner,
        format('DATABASE %I', cast(:database AS text)) AS named
    FROM pg_database
    INNER JOIN pg_tablespace ON pg_database.dattablespace = pg_tablespace.oid
    WHERE pg_database.datname = :model
)

SELECT
    format(
        'CREATE %s OWNER %I TEMPLATE template0 ENCODING %L LOCALE_PROVIDER %s LC_COLLATE %L LC_CTYPE %L%s'
        || ' TABLESPACE %I CONNECTION LIMIT %s',
        model.named,
        model.owner,
        pg_encoding_to_char(model.encoding),
        CASE model.datlocprovider WHEN 'b' THEN 'builtin' WHEN 'i' THEN 'icu' ELSE 'libc' END,
        model.datcollate,
        model.datctype,
        CASE model.datlocprovider
            WHEN 'b' THEN format(' BUILTIN_LOCALE %L', model.datlocale)
            WHEN 'i' THEN format(' ICU_LOCALE %L', model.datlocale)
            ELSE ''
        END,
        model.spcname,
        model.datconnlimit
    ) AS statement,
    1 AS place
FROM model
UNION ALL
SELECT
    format('REVOKE ALL ON %s FROM PUBLIC', named) AS statement,
    2 AS place
FROM model
WHERE datacl IS NOT NULL
UNION ALL
SELECT
    format(
        'GRANT %s ON %s TO %s%s',
        granted.privilege_type,
        model.named,
        CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(granted.grantee)) END,
        CASE WHEN granted.is_grantable AND granted.grantee != model.datdba THEN ' WITH GRANT OPTION' ELSE '' END
    ) AS statement,
    3 AS place
FROM model
CROSS JOIN aclexplode(model.datacl) AS granted
UNION ALL
SELECT
    format(
        'ALTER %s SET %I TO %s',
        CASE settings.setrole
            WHEN 0 THEN model.named
            ELSE format('ROLE %I IN %s', pg_get_userbyid(settings.setrole), model.named)
        END,
        parts.words[1],
        -- of lists of names the parts are quoted, if they have to be, and the whole is not
        CASE
            WHEN parts.words[1] IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
                THEN coalesce(nullif(parts.words[2], ''), '''''')
            ELSE quote_literal(parts.words[2])
        END
    ) AS statement,
    4 AS place
FROM model
INNER JOIN pg_db_role_setting AS settings ON model.oid = settings.setdatabase
CROSS JOIN unnest(settings.setconfig) AS one (setting)
CROSS JOIN regexp_match(one.setting, '^([^=]+)=(.*)$') AS parts (words)
ORDER BY place
