"""killmart_reader reads what readers may and nothing else, whatever it tries, and not for as long as it likes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from killmart.describe import SCHEMAS
from killmart.runtime import Runtime
from killmart.web.threads import PAGE_SECONDS
from support.databases import by_hand
from support.pipeline import kill, load_past_gate, ref, stage

TABLES = """
SELECT relations.oid::regclass::text, has_table_privilege('killmart_reader', relations.oid, 'SELECT')
    AND has_schema_privilege('killmart_reader', relations.relnamespace, 'USAGE')
FROM pg_class AS relations
WHERE relations.relkind IN ('r', 'v', 'p') AND relations.relnamespace::regnamespace::text = any(:schemas)
"""


def readable(runtime: Runtime, *schemas: str) -> dict[str, bool]:
    with runtime.reader_engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(TABLES), {"schemas": list(schemas)})}


def ask(engine: Engine, statement: str, *before: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        for one in before:
            connection.execute(text(one))
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_reader_reads_what_readers_may(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    reader = runtime.reader_engine
    assert ask(reader, "SELECT current_user::text, session_user::text") == [("killmart_reader", "killmart_reader")]
    assert set(readable(runtime, *SCHEMAS, "ops").values()) == {True}
    assert {table for table, may in readable(runtime, "staging", "candidate").items() if may} == {"staging.batches"}
    assert ask(reader, "SELECT killmail_id FROM core.attackers_fact LIMIT 1") == [(1,)]
    assert ask(reader, 'SELECT "killmailId" FROM legacy.kills_fact') == [(1,)]
    assert ask(reader, "SELECT kills FROM core.region_activity('2021-11-29', '2021-11-30')") == [(1,)]
    assert ask(reader, "SELECT killmail_id, state FROM staging.killmails") == [(1, "promoted")]


FORBIDDEN = {
    "DELETE FROM core.kills_fact": "permission denied for table kills_fact",
    "INSERT INTO ops.mutes (rule, until, reason) VALUES ('a', now(), 'b')": "permission denied for table mutes",
    "UPDATE quality.quarantine SET resolution = 'released'": "permission denied for table quarantine",
    "TRUNCATE mart.battles": "permission denied for table battles",
    "SELECT body FROM staging.killmails": "permission denied for table killmails",
    "SELECT * FROM staging.killmails": "permission denied for table killmails",
    "SELECT client_id FROM staging.feed_cursors": "permission denied for table feed_cursors",
    "SELECT core.make_ranges(ARRAY[7])": "permission denied for function make_ranges",
    "SELECT core.create_part('kills_fact', 7)": "permission denied for function create_part",
    "CREATE TABLE public.mine (one integer)": "permission denied for schema public",
    "CREATE TABLE candidate.mine (one integer)": "permission denied for schema candidate",
    "DROP TABLE core.kills_fact": "must be owner of table kills_fact",
    "COPY (SELECT 1) TO PROGRAM 'cat'": "permission denied to COPY to or from an external program",
    "COPY core.kills_fact TO '/tmp/kills'": "permission denied to COPY to a file",
    "SELECT pg_read_file('/etc/passwd')": "permission denied for function pg_read_file",
    "SET ROLE killmart_loader": "permission denied to set role",
    "SET ROLE killmart_owner": "permission denied to set role",
    "SET ROLE postgres": "permission denied to set role",
    "CREATE ROLE friend": "permission denied to create role",
    "SELECT rolpassword FROM pg_authid": "permission denied for table pg_authid",
}


@pytest.mark.parametrize(("statement", "refusal"), FORBIDDEN.items())
def test_it_may_do_nothing_else_even_where_it_takes_off_its_own_brakes(
    runtime: Runtime, statement: str, refusal: str
) -> None:
    with pytest.raises(DBAPIError, match=refusal):
        ask(runtime.reader_engine, statement, "SET TRANSACTION READ WRITE")


def test_it_only_reads_unless_it_says_otherwise(runtime: Runtime) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        ask(runtime.reader_engine, "DELETE FROM core.kills_fact")


def test_it_waits_and_works_no_longer_than_pages_do(runtime: Runtime) -> None:
    """One waits for a lock, and one for itself."""
    reader = runtime.reader_engine
    [(longest,)] = ask(reader, "SELECT extract(EPOCH FROM current_setting('statement_timeout')::interval)::integer")
    assert longest == PAGE_SECONDS
    with by_hand(runtime.engine).begin() as connection, ThreadPoolExecutor() as pool:
        connection.execute(text("LOCK TABLE core.kills_fact IN ACCESS EXCLUSIVE MODE"))
        locked = pool.submit(ask, reader, "SELECT count(*) FROM core.kills_fact")
        slow = pool.submit(ask, reader, "SELECT pg_sleep(60)")
        with pytest.raises(DBAPIError, match="canceling statement due to lock timeout"):
            locked.result()
        with pytest.raises(DBAPIError, match="canceling statement due to statement timeout"):
            slow.result()


def test_it_may_read_what_is_added_later(runtime: Runtime) -> None:
    with runtime.owner_engine.begin() as connection:
        connection.execute(text("CREATE TABLE mart.added_later AS SELECT 1 AS one"))
        connection.execute(text("CREATE TABLE staging.added_later AS SELECT 1 AS one"))
    assert ask(runtime.reader_engine, "SELECT one FROM mart.added_later") == [(1,)]
    ask(runtime.engine, "SELECT 1", "UPDATE mart.added_later SET one = 2", "TRUNCATE mart.added_later")
    with pytest.raises(DBAPIError, match="permission denied"):
        ask(runtime.reader_engine, "SELECT one FROM staging.added_later")
