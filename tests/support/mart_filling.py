"""A war between four alliances that looks alive, summed up by the real refresh; and a warehouse that is large."""

from __future__ import annotations

import re

from sqlalchemy import text

from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from support.databases import settle
from support.deriving import derive_anew
from support.pipeline import run

EVIL = """=cmd|' /C calc'!A0 <script>alert("1")</script>"""
"""What a player may call a corporation, more or less."""
ALLIANCES = ("Mistral Concord", "Iron Meridian", "Ashfall Pact", "Sable Horizon")
CORPORATIONS = (
    "Copper Lantern Works",
    "Nine Gates",
    "Drifting Embers",
    "Quiet Anvil",
    EVIL,
    "Long Watch",
    "Tungsten Choir",
    "Pale Harbour",
    "Vantablack Surveying",
    "Second Tide",
    "Ünder Nullstern",
    "Mistral Concord",
)
SHIPS = (
    "Rifter",
    "Caracal",
    "Drake",
    "Ishtar",
    "Muninn",
    "Sabre",
    "Loki",
    "Capsule",
    "Rorqual",
    "Thanatos",
    "Venture",
    "Omen",
)
SYSTEMS = ("Jita", "Tama", "Amamake", "Rancer", "M-OEE8", "1DQ1-A", "HED-GP", "Uedama", "Niarja")
FIRST_ALLIANCE, FIRST_CORPORATION, FIRST_CHARACTER = 99_700_001, 98_700_001, 95_700_001
FIRST_SHIP, FIRST_SYSTEM = 600, 30_000_101
DAYS = 75
_WAR = (
    "SELECT setseed(0.271)",
    """INSERT INTO reference.types (type_id, name, group_id)
    SELECT :ship + n - 1, name, 25 FROM unnest(cast(:ships AS text[])) WITH ORDINALITY AS names (name, n)
    ON CONFLICT DO NOTHING""",
    """INSERT INTO reference.solar_systems (system_id, name, constellation_name, region_name)
    SELECT :system + n - 1, name, 'Kimotoro', CASE WHEN n % 2 = 0 THEN 'The Citadel' ELSE 'Delve' END
    FROM unnest(cast(:systems AS text[])) WITH ORDINALITY AS names (name, n)
    ON CONFLICT DO NOTHING""",
    """INSERT INTO core.alliances (eve_id, name, first_seen, last_seen)
    SELECT :alliance + n - 1, name, now(), now()
    FROM unnest(cast(:alliances AS text[])) WITH ORDINALITY AS names (name, n)""",
    """INSERT INTO core.corporations (eve_id, name, alliance_id, first_seen, last_seen)
    SELECT :corporation + n - 1, name, :alliance + (n - 1) % 4, now(), now()
    FROM unnest(cast(:corporations AS text[])) WITH ORDINALITY AS names (name, n)""",
    """INSERT INTO core.characters (eve_id, name, corporation_id, alliance_id, first_seen, last_seen)
    SELECT
        :character + n, CASE WHEN n <> 7 THEN 'Pilot ' || n END, :corporation + n % 12, :alliance + n % 4, now(), now()
    FROM generate_series(0, 119) AS n""",
    """CREATE TABLE public.war AS
    SELECT
        row_number() OVER (ORDER BY at) AS n, at,
        least(greatest(floor(0.8 / (0.012 + random())), 1), 60)::integer AS fleet,
        floor(random() * random() * 9)::integer AS place, floor(random() * 4)::integer AS side,
        CASE WHEN random() < 0.1 THEN 2 WHEN random() < 0.6 THEN 1 ELSE 3 END AS foe,
        floor(random() * random() * 30)::integer AS pilot,
        floor(random() * random() * 12)::integer AS ship, random() < 0.06 AS is_npc
    FROM (
        SELECT
            date_trunc('day', now(), 'UTC') + (day - :days) * interval '1 day'
            + least(greatest(19 + 9 * (random() + random() + random() - 1.5), 0), 23.9) * interval '1 hour' AS at
        FROM generate_series(0, :days - 1) AS day
        CROSS JOIN LATERAL generate_series(1, (
            18 + 22 * (1 + sin(day / 9.0)) + CASE WHEN day % 7 IN (2, 3) THEN 25 ELSE 0 END + 14 * random()
        )::integer) AS one
    ) AS times""",
    """INSERT INTO public.war  -- a fight
    SELECT
        10000 + n, date_trunc('day', now(), 'UTC') - interval '9 days 4 hours' + n * interval '25 seconds',
        40 + n % 30, 4, n % 2, 1, n % 30, n % 7, FALSE
    FROM generate_series(1, 140) AS n""",
    "SELECT core.make_ranges(ARRAY[core.range_of(190000000)])",
    """INSERT INTO core.kills_fact (
        killmail_id, killmail_hash, kill_time, system_id, items, attacker_count, item_count, source, zkb_total_value,
        zkb_points, zkb_solo
    )
    SELECT
        190000000 + n, md5(n::text), at, :system + place, '[]', fleet, 0, 'everef',
        CASE WHEN n % 50 > 0 THEN (10 ^ (5.2 + 4.6 * random() * (0.6 + ship / 20.0)))::bigint END,
        1 + n % 20, fleet = 1
    FROM public.war""",
    """INSERT INTO core.kill_victims
        (killmail_id, character_id, corporation_id, alliance_id, ship_type_id, damage_taken)
    SELECT
        190000000 + n, :character + victim, :corporation + victim % 12, :alliance + victim % 4, :ship + ship, 100
    FROM (SELECT *, (side + foe) % 4 + 4 * pilot AS victim FROM public.war) AS lost""",
    """INSERT INTO core.kill_attackers (
        killmail_id, attacker_index, character_id, corporation_id, alliance_id, ship_type_id, damage_done,
        final_blow, security_status
    )
    SELECT
        190000000 + n, i - 1, CASE WHEN NOT is_npc THEN :character + pilot END,
        CASE WHEN is_npc THEN 1000125 ELSE :corporation + pilot % 12 END,
        CASE WHEN NOT is_npc THEN :alliance + pilot % 4 END, :ship + floor(random() * random() * 12)::integer,
        100 / fleet, i = 1, 0
    FROM (
        SELECT n, i, fleet, is_npc, (side + CASE WHEN i > 12 THEN 2 ELSE 0 END) % 4 + 4 * ((n * 7 + i) % 30) AS pilot
        FROM public.war CROSS JOIN LATERAL generate_series(1, fleet) AS i
    ) AS flown""",
    "DROP TABLE public.war",
)
_NAMES = {
    "ship": FIRST_SHIP,
    "system": FIRST_SYSTEM,
    "alliance": FIRST_ALLIANCE,
    "corporation": FIRST_CORPORATION,
    "character": FIRST_CHARACTER,
    "days": DAYS,
    "ships": list(SHIPS),
    "systems": list(SYSTEMS),
    "alliances": list(ALLIANCES),
    "corporations": list(CORPORATIONS),
}


def wage_war(runtime: Runtime) -> None:
    """Put the killmails of 75 days up to yesterday into core, and have the mart summed up."""
    for statement in _WAR:
        run(runtime, statement, **{name: value for name, value in _NAMES.items() if f":{name}" in statement})
    derive_anew(runtime)
    refresh_marts(runtime, rebuild=True)


YEAR = 400
"""Days of the large warehouse."""
KILLS = 200_000
"""Its killmails, each with one system and two of every other kind."""
ENTITIES = {"system": 2400, "alliance": 150, "corporation": 300, "character": 3000}
"""How many of each kind are active in the large warehouse; ids from FIRST_… on."""
_FACTS = """kill_time, total_value, damage_done, damage_taken, points, players, victim_ship_type_id, final_blow, solo"""
_LARGE = (
    """INSERT INTO core.kills_fact
        (killmail_id, killmail_hash, kill_time, system_id, zkb_total_value, items, attacker_count, item_count, source)
    SELECT
        n, md5(n::text),
        date_trunc('day', now(), 'UTC') + interval '1 day' - (:kills - n + 1) * :days * interval '1 day' / :kills,
        :system + n % :systems, 1e7::bigint, '[]', 1, 0, 'everef'
    FROM generate_series(1, :kills) AS n""",
    f"""INSERT INTO core.kill_systems (killmail_id, system_id, {_FACTS})
    SELECT
        killmail_id, system_id, kill_time, total_value, 5, 9, 3, killmail_id % 40, 600 + killmail_id % 300, TRUE, FALSE
    FROM core.kills_fact""",
    *(
        f"""INSERT INTO core.kill_{kind}s
            (killmail_id, {kind}_id, {_FACTS}, system_id, attacker_count, pilots, role, also_attacked)
        SELECT
            killmail_id, :{kind} + (killmail_id * 7 + side * (1 + killmail_id % 5)) % :{kind}s, kill_time, total_value,
            5, CASE WHEN side = 0 THEN 9 END, 3, killmail_id % 40, 600 + killmail_id % 300, side = 1, FALSE, system_id,
            1, side, (CASE WHEN side = 0 THEN 'victim' ELSE 'attacker' END)::core.kill_role, FALSE
        FROM core.kills_fact CROSS JOIN generate_series(0, 1) AS side"""
        for kind in ("alliance", "corporation", "character")
    ),
    """CREATE TEMPORARY TABLE actors ON COMMIT DROP AS
    SELECT cast(kind AS mart.entity_kind) AS entity_kind, first_id + n AS entity_id, n
    FROM (VALUES
        ('system', :system, :systems), ('alliance', :alliance, :alliances), ('corporation', :corporation, :corporations)
    ) AS kinds (kind, first_id, members)
    CROSS JOIN LATERAL generate_series(0, members - 1) AS n""",
    """INSERT INTO mart.settled_crews (entity_id, entity_kind, day, pilots, ship_type_ids, kills_with)
    SELECT entity_id, entity_kind, current_date - ago, 5, ARRAY[600 + (n + ago) % 300, 587], ARRAY[1, 2]
    FROM actors CROSS JOIN generate_series(:days - 1, 0, -2) AS ago""",
    """INSERT INTO mart.settled_sums (entity_id, counted_by, day, bucket, kills, losses, isk_killed, isk_lost)
    SELECT entity_id, 'member', current_date - ago, 98000001 + n, 1, 1, 1e8, 1e7
    FROM actors CROSS JOIN generate_series(:days - 1, 0, -3) AS ago WHERE entity_kind = 'alliance'""",
    "INSERT INTO mart.touched_days (day, are_battles_found) VALUES (current_date, TRUE)",  # read from core
    """INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
    SELECT n, :system + n % 300, at, at + interval '20 minutes', 4, 30, 2, 4, 1e6 * (n * 37 % 9000)
    FROM (SELECT n, now() - (30000 - n) * interval '19 minutes' AS at FROM generate_series(1, 30000) AS n) AS times""",
    """INSERT INTO mart.battle_sides
        (battle_id, side, pilots, kills, losses, kills_valued, losses_valued, isk_killed, isk_lost, alliances,
        corporations)
    SELECT
        n, side, 15, 1, 1, 1, 1, 1, 1, ARRAY[:alliance + (n * side) % 3000, :alliance + 200 + n % 300],
        ARRAY[:corporation + (n * side) % 3000, :corporation + 400 + n % 900]
    FROM generate_series(1, 30000) AS n CROSS JOIN generate_series(1, 2) AS side""",
    """INSERT INTO mart.battle_kills (killmail_id, battle_id, victim_side)
    SELECT 4 * n + place, n, 1 + place % 2 FROM generate_series(1, 30000) AS n
    CROSS JOIN generate_series(1, 4) AS place""",
    """INSERT INTO core.kill_victims (killmail_id, character_id, corporation_id, ship_type_id, damage_taken)
    SELECT killmail_id, :character + killmail_id % 300, :corporation + killmail_id % 300, 600, 1
    FROM core.kills_fact""",
    """INSERT INTO core.kill_attackers (
        killmail_id, attacker_index, character_id, corporation_id, alliance_id, ship_type_id, damage_done,
        final_blow, security_status
    )
    SELECT killmail_id, 0, pilots.character_id, corporations.corporation_id, alliances.alliance_id, 587, 5, TRUE, 0
    FROM core.kill_characters AS pilots
    INNER JOIN core.kill_corporations AS corporations USING (killmail_id, role)
    INNER JOIN core.kill_alliances AS alliances USING (killmail_id, role)
    WHERE role = 'attacker'""",
    """INSERT INTO core.characters (eve_id, name, first_seen, last_seen)
    SELECT :character + n, 'Pilot ' || n, now(), now() FROM generate_series(0, 99999) AS n""",
    """INSERT INTO core.corporations (eve_id, name, first_seen, last_seen)
    SELECT :corporation + n, 'Pilot Corporation ' || n, now(), now() FROM generate_series(0, 19999) AS n""",
    """INSERT INTO core.alliances (eve_id, name, first_seen, last_seen)
    SELECT :alliance + n, 'Alliance ' || n, now(), now() FROM generate_series(0, 4999) AS n""",
    """INSERT INTO reference.solar_systems (system_id, name, region_name)
    SELECT :system + n, 'J' || n, 'Anywhere' FROM generate_series(0, 7999) AS n""",
    """INSERT INTO reference.types (type_id, name, group_id)
    SELECT n, 'Type ' || n, 1 FROM generate_series(1, 20000) AS n""",
)


def fill_large(runtime: Runtime) -> None:
    """Fill a warehouse whose junctions have more than a million rows, and let PostgreSQL look at it."""
    sizes = {f"{kind}s": size for kind, size in ENTITIES.items()} | {"days": YEAR, "kills": KILLS}
    names = {name: value for name, value in _NAMES.items() if isinstance(value, int)} | sizes
    with runtime.engine.begin() as connection:
        for statement in _LARGE:
            used = {name: value for name, value in names.items() if re.search(rf":{name}\b", statement)}
            connection.execute(text(statement), used)
    settle(runtime.engine)
