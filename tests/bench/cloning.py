"""Clones the killmails that core has, inside the server: ids and times shifted, small entities giving way to others.

What there is to clone says the catalog: every table of core with a killmail_id, every column that is not generated. A
column is shifted by what it is called and by its type: ids of killmails by the ids of a day, ids of characters,
corporations and alliances to their successor's, days and times by whole days; all else is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text

from killmart.db.catalog import Column, Table, read_catalog
from support.databases import by_hand

IDS_A_DAY = 20_000
NEWEST_ID = 137_000_000
"""About where EVE's ids of killmails have got to."""
LIFE = 15
"""Days after which an entity that comes and goes has a successor; each on a day of its own."""
LARGE = 0.8
"""Of the entities of a kind, by how often they are met, this share is small."""
SUCCESSORS = {"character": 2_125_000_000, "corporation": 98_800_000, "alliance": 99_100_000}
"""The least id of a successor: there nobody is whom the real days name, and EVE gives such ids to their kind."""
PROMOTED_AFTER = "interval '10 minutes'"

_SEEDS = (
    """CREATE TABLE filled.kills AS
    SELECT killmail_id, kill_time, dense_rank() OVER (ORDER BY (kill_time AT TIME ZONE 'UTC')::date) - 1 AS seed
    FROM core.kills_fact""",
    "ALTER TABLE filled.kills ADD PRIMARY KEY (killmail_id)",
    """CREATE TABLE filled.sightings AS
    SELECT kind, entity_id, seed, min(kill_time) AS first_seen, max(kill_time) AS last_seen, count(*) AS kills
    FROM (
        SELECT killmail_id, character_id, corporation_id, alliance_id FROM core.kill_victims
        UNION ALL
        SELECT killmail_id, character_id, corporation_id, alliance_id FROM core.kill_attackers
    ) AS involved
    INNER JOIN filled.kills USING (killmail_id)
    CROSS JOIN LATERAL (
        VALUES ('character', character_id), ('corporation', corporation_id), ('alliance', alliance_id)
    ) AS entities (kind, entity_id)
    WHERE entity_id IS NOT NULL
    GROUP BY kind, entity_id, seed""",
    f"""CREATE TABLE filled.passing AS
    SELECT kind, entity_id, row_number() OVER (PARTITION BY kind ORDER BY entity_id) - 1 AS place
    FROM (
        SELECT kind, entity_id, percent_rank() OVER (PARTITION BY kind ORDER BY sum(kills)) AS size
        FROM filled.sightings
        GROUP BY kind, entity_id
    ) AS sizes
    WHERE
        size < {LARGE} AND entity_id % 3 > 0
        AND CASE kind
            WHEN 'character' THEN NOT core.is_npc(entity_id, NULL)
            WHEN 'corporation' THEN NOT core.is_npc(NULL, entity_id)
            ELSE TRUE
        END""",
    "ALTER TABLE filled.passing ADD PRIMARY KEY (kind, entity_id)",
    "CREATE TABLE filled.days (number integer PRIMARY KEY, seed bigint, ids bigint, days integer)",
)
"""The killmails to clone, with the place of their day among the days; who is met on which of these, and how often."""

_MAKE_RANGES = f"""SELECT core.make_ranges(array(
    SELECT generate_series(core.range_of(min(kills.killmail_id + days.ids)), core.range_of({NEWEST_ID}))
    FROM filled.kills INNER JOIN filled.days USING (seed)
))"""


def clone_into_core(engine: Engine, kills: int, last: date, progress: Callable[[int, int], None]) -> None:
    """Replace the killmails and entities of core by clones, `kills` of them or more, on the days up to `last`.

    How many days, follows from how many killmails core has on its days; these take turns. One transaction. `progress`
    gets the days done and still to do.
    """
    with by_hand(engine).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # keys hold as they did
        connection.execute(text("DROP SCHEMA IF EXISTS filled CASCADE"))
        connection.execute(text("CREATE SCHEMA filled"))
        for statement in _SEEDS:
            connection.execute(text(statement))
        days = _plan_days(connection, kills, last)
        _create_successors(connection, days)
        killmails = killmail_tables(connection)
        entities = [table for table in _tables(connection) if _has(table, "eve_id")]
        for table in (*killmails, *entities):
            _keep_seeds(connection, table)
        indexes = _drop_indexes(connection, killmails)
        connection.execute(text(f"TRUNCATE {', '.join(table.full_name for table in (*killmails, *entities))} CASCADE"))
        connection.execute(text(_MAKE_RANGES))
        inserts = [text(_insert_clones(table)) for table in killmails]
        for number in range(days):
            for insert in inserts:
                connection.execute(insert, {"number": number})
            progress(number + 1, days - number - 1)
        for table in entities:
            connection.execute(text(_insert_entities(table)))
        for definition in indexes:
            connection.execution_options(no_parameters=True).exec_driver_sql(definition)
        connection.execute(text("DROP SCHEMA filled CASCADE"))


def killmail_tables(connection: Connection) -> list[Table]:
    """The tables of core that have rows of killmails."""
    return [table for table in _tables(connection) if _has(table, "killmail_id")]


def _plan_days(connection: Connection, kills: int, last: date) -> int:
    """Say which day is cloned to which, by how much ids and times shift; returns how many days there are."""
    query = """SELECT seed, (min(kill_time) AT TIME ZONE 'UTC')::date AS day, min(killmail_id) AS first_id,
        max(killmail_id) AS last_id, count(*) AS kills FROM filled.kills GROUP BY seed ORDER BY seed"""
    seeds = connection.execute(text(query)).all()
    assert all(seed.last_id - seed.first_id < IDS_A_DAY for seed in seeds)
    days = 0
    while kills > 0:
        kills -= seeds[days % len(seeds)].kills
        days += 1
    for number in range(days):
        seed = seeds[number % len(seeds)]
        row = {
            "number": number,
            "seed": seed.seed,
            "ids": NEWEST_ID - (days - number) * IDS_A_DAY - seed.first_id,
            "days": (last - timedelta(days=days - number - 1) - seed.day).days,
        }
        connection.execute(text("INSERT INTO filled.days VALUES (:number, :seed, :ids, :days)"), row)
    return days


def _create_successors(connection: Connection, days: int) -> None:
    """Functions that give an id, its place among those that come and go (null: it stays) and the day's number an id."""
    counts = dict(connection.execute(text("SELECT kind, count(*) FROM filled.passing GROUP BY kind")).all())
    for kind, least in SUCCESSORS.items():
        count = counts.get(kind, 0)
        taken = f"SELECT count(*) FROM filled.sightings WHERE kind = '{kind}' AND entity_id BETWEEN :least AND :last"
        within = {"least": least, "last": least + count * (days // LIFE + 2)}
        assert connection.execute(text(taken), within).scalar_one() == 0
        generation = f"(number + place % {LIFE}) / {LIFE}"
        connection.execute(
            text(f"""CREATE FUNCTION filled.{kind}(id bigint, place bigint, number integer) RETURNS bigint
            LANGUAGE sql IMMUTABLE AS $$
                SELECT CASE WHEN place IS NULL THEN id ELSE {least} + place + {generation} * {count} END
            $$""")
        )


def _tables(connection: Connection) -> list[Table]:
    """The tables of core; of a partitioned one the whole, not its parts."""
    query = """SELECT relname FROM pg_class
        WHERE relnamespace = 'core'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""
    names = set(connection.execute(text(query)).scalars())
    return [table for table in read_catalog(connection, ["core"]).tables if table.name in names]


def _has(table: Table, name: str) -> bool:
    return any(column.name == name for column in table.columns)


def _kind(column: Column, table: Table) -> str | None:
    """Whose id it is: character, corporation, alliance, or nobody's."""
    if column.name == "eve_id":
        return table.name.removesuffix("s")
    return next((kind for kind in SUCCESSORS if column.name.endswith(f"{kind}_id")), None)


def _keep_seeds(connection: Connection, table: Table) -> None:
    """Keep the rows of a table as filled.<table>, with the seed and with the place of each id that comes and goes."""
    columns, joins = ["rows.*"], ""
    for column in table.columns:
        kind = _kind(column, table)
        if kind is not None:
            joins += f""" LEFT JOIN filled.passing AS {column.name}_of
                ON {column.name}_of.kind = '{kind}' AND rows.{column.name} = {column.name}_of.entity_id"""
            columns.append(f"{column.name}_of.place AS {column.name}_place")
    if _has(table, "killmail_id"):
        columns += ["kills.seed AS seed_of_clones", "kills.kill_time AS time_of_clones"]
        joins = f" INNER JOIN filled.kills AS kills USING (killmail_id){joins}"
    order = ", ".join(f"rows.{name}" for name in table.primary_key)
    query = f"SELECT {', '.join(columns)} FROM {table.full_name} AS rows{joins} ORDER BY {order}"
    connection.execute(text(f"CREATE TABLE filled.{table.name} AS {query}"))
    connection.execute(text(f"ANALYZE filled.{table.name}"))


def _drop_indexes(connection: Connection, tables: Iterable[Table]) -> list[str]:
    """Drop what no key rests on; returns the statements that bring it back."""
    query = """SELECT
            indexrelid::regclass::text AS name,
            replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition  -- on each range as well
        FROM pg_index WHERE indrelid = any(cast(:tables AS regclass[]))
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""
    found = connection.execute(text(query), {"tables": [table.full_name for table in tables]}).all()
    for index in found:
        connection.execute(text(f"DROP INDEX {index.name}"))
    return [index.definition for index in found]


def _insert_clones(table: Table) -> str:
    """The statement that clones a table's rows to one day. Parameter: number."""
    given = [column for column in table.columns if not column.is_generated]
    names = ", ".join(column.name for column in given)
    clones = ", ".join(_clone_of(column, table) for column in given)
    return f"""INSERT INTO {table.full_name} ({names}) OVERRIDING SYSTEM VALUE SELECT {clones}
        FROM filled.{table.name} AS seeds INNER JOIN filled.days ON seeds.seed_of_clones = days.seed
        WHERE days.number = :number"""


def _clone_of(column: Column, table: Table) -> str:
    """What a column of a clone says."""
    value, kind = f"seeds.{column.name}", _kind(column, table)
    if column.name.endswith("killmail_id"):
        return f"{value} + days.ids"
    if kind is not None:
        return f"filled.{kind}({value}, {value}_place, days.number)"
    if column.type == "date":
        return f"{value} + days.days"
    if column.type == "timestamp with time zone":
        moment = value if column.name == "kill_time" else f"seeds.time_of_clones + {PROMOTED_AFTER}"
        return f"CASE WHEN {value} IS NOT NULL THEN {moment} + make_interval(days => days.days) END"
    return value


def _insert_entities(table: Table) -> str:
    """The statement that brings everybody whom the clones name, with when they were met, named by their ids."""
    kind = table.name.removesuffix("s")
    shown = {
        "eve_id": f"filled.{kind}(seeds.eve_id, seeds.eve_id_place, seen.number)",
        "name": f"'{kind.capitalize()} ' || filled.{kind}(seeds.eve_id, seeds.eve_id_place, seen.number)",
        "first_seen": "seen.first_seen",
        "last_seen": "seen.last_seen",
    }
    for column in table.columns:
        of = _kind(column, table)
        if column.name not in shown and of is not None:
            shown[column.name] = f"filled.{of}(seeds.{column.name}, seeds.{column.name}_place, seen.number)"
    given = [column.name for column in table.columns if not column.is_generated]
    values = ", ".join(shown.get(name, f"seeds.{name}") for name in given)
    return f"""INSERT INTO {table.full_name} ({", ".join(given)}) SELECT {values}
        FROM (
            SELECT
                entity_id, max(days.number) AS number,
                min(sightings.first_seen + make_interval(days => days.days)) AS first_seen,
                max(sightings.last_seen + make_interval(days => days.days)) AS last_seen
            FROM filled.sightings
            INNER JOIN filled.days ON sightings.seed = days.seed
            LEFT JOIN filled.passing USING (kind, entity_id)
            WHERE kind = '{kind}'
            GROUP BY entity_id, filled.{kind}(entity_id, place, days.number)
        ) AS seen
        INNER JOIN filled.{table.name} AS seeds ON seen.entity_id = seeds.eve_id
        ORDER BY seen.first_seen"""
