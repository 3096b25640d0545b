"""A warehouse as the API meets it after some time: killmails of a hundred days, with rows of the mart."""

from __future__ import annotations

from killmart.runtime import Runtime
from support.databases import settle
from support.deriving import derive_anew
from support.pipeline import run

FIRST_DAY = "2026-01-01"
"""The killmails are spread over a hundred days from here."""
_STATEMENTS = (
    # ids grow with time, but neighbours are swapped: a later id may be the earlier killmail
    f"""INSERT INTO core.kills_fact
        (killmail_id, killmail_hash, kill_time, system_id, zkb_total_value, items, attacker_count, item_count, source)
    SELECT
        n, md5(n::text), timestamptz '{FIRST_DAY} 00:00:00+00' + (n # 1) * interval '100 days' / :kills,
        30000001 + (power(random(), 3) * 5000)::integer, (power(random(), 8) * 2e10)::bigint, '[]', 2, 1, 'history'
    FROM generate_series(1, :kills) AS n""",
    """INSERT INTO core.kill_victims
        (killmail_id, character_id, corporation_id, alliance_id, ship_type_id, damage_taken)
    SELECT
        n, 90000000 + pilot, 98000000 + pilot / 20, 99000000 + (power(random(), 3) * 2000)::integer, 587, 100
    FROM (
        SELECT n, (power(random(), 3) * 60000)::integer AS pilot FROM generate_series(1, :kills) AS n
    ) AS pilots""",
    """INSERT INTO core.kill_attackers
        (killmail_id, attacker_index, character_id, corporation_id, alliance_id, ship_type_id, damage_done, final_blow,
        security_status)
    SELECT
        n, place, 90000000 + pilot, 98000000 + pilot / 20, 99000000 + (power(random(), 3) * 2000)::integer, 587, 50,
        place = 0, 0
    FROM (
        SELECT n, place, (power(random(), 3) * 60000)::integer AS pilot
        FROM generate_series(1, :kills) AS n CROSS JOIN generate_series(0, 3) AS place
    ) AS pilots""",
    # one alliance that fought in the first days only
    """UPDATE core.kill_attackers SET alliance_id = 99009999 WHERE killmail_id <= 300 AND attacker_index = 0""",
    """INSERT INTO core.kill_items
        (killmail_id, item_index, type_id, flag, singleton, quantity_dropped, quantity_destroyed)
    SELECT n, 0, 34, 5, 0, 1, 0 FROM generate_series(1, 5000) AS n""",
    """INSERT INTO core.characters (eve_id, name, first_seen, last_seen)
    SELECT 90000000 + n, 'Pilot ' || md5(n::text), now(), now() FROM generate_series(0, 60000) AS n""",
    """INSERT INTO core.corporations (eve_id, name, first_seen, last_seen)
    SELECT 98000000 + n, 'Corporation ' || md5(n::text), now(), now() FROM generate_series(0, 3000) AS n""",
    """INSERT INTO core.alliances (eve_id, name, first_seen, last_seen)
    SELECT 99000000 + n, 'Alliance ' || md5(n::text), now(), now() FROM generate_series(0, 2000) AS n""",
    f"""INSERT INTO mart.settled_items (day, type_id, killmails, dropped, destroyed, dropped_value, destroyed_value)
    SELECT date '{FIRST_DAY}' + day, 34 + item, 1, 1, 1, 5, 5
    FROM generate_series(0, 99) AS day CROSS JOIN generate_series(0, 999) AS item""",
    f"""INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
    SELECT n, 30000001 + n % 5000, at, at + interval '20 minutes', 5 + n % 40, 30, 2, 5, 5e9
    FROM (
        SELECT n, timestamptz '{FIRST_DAY} 00:00:00+00' + n * interval '7 minutes' AS at
        FROM generate_series(1, 20000) AS n
    ) AS fights""",
)


def fill(runtime: Runtime, kills: int) -> None:
    """Fill an empty warehouse with so many killmails, many rows of the mart, and let PostgreSQL look at it."""
    for statement in _STATEMENTS:
        run(runtime, statement, **({"kills": kills} if ":kills" in statement else {}))
    derive_anew(runtime)
    settle(runtime.engine)
