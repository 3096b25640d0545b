-- People and programs that were made readers. Grain: one row per role. Parameters: name (of one, or null for all).
SELECT
    readers.rolname::text AS name,
    readers.rolconnlimit AS most_sessions,
    (
        SELECT count(*) FROM pg_stat_activity AS others
        WHERE others.usesysid = readers.oid
    ) AS sessions
FROM pg_roles AS readers
INNER JOIN pg_auth_members AS members ON readers.oid = members.member
WHERE
    members.roleid = to_regrole('killmart_reader')
    AND members.inherit_option
    AND readers.rolcanlogin
    AND coalesce(readers.rolname = :name, TRUE)
GROUP BY readers.oid, readers.rolname, readers.rolconnlimit
ORDER BY readers.rolname
