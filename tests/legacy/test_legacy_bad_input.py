"""What an old database may hold or lack: bad parts are reported and left out, killmails that can be had are taken."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from killmart.errors import ConfigurationError, KillmartError
from killmart.legacy.database import old_database
from killmart.legacy.importing import import_legacy, refused_rows_file
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.legacy_database import DOCUMENTED, MIGRATED, SECRET, OldService, document, keep, old_service
from support.pipeline import attacker, kill, quarantined, ref, rows, run, stage, victim

HASH = "0123456789abcdef0123456789abcdef01234567"
TIME = "2021-11-29T12:34:56.000Z"


@pytest.fixture
def old(postgres: EmbeddedPostgres) -> Iterator[OldService]:
    """The documented tables, empty."""
    with old_service(postgres, DOCUMENTED) as made:
        yield made


def staged(runtime: Runtime) -> dict[int, tuple[str, Any]]:
    """Hash and zkb block of what is in staging."""
    query = "SELECT killmail_id, killmail_hash, zkb FROM staging.killmails"
    return {row[0]: (row[1], row[2]) for row in rows(runtime, query)}


def test_values_in_every_form_are_read(old: OldService, runtime: Runtime) -> None:
    words = ["pvp", "solo", "cat:6"]
    block = {"totalValue": 1_500, "points": 3, "labels": words, "npc": False, "solo": True, "awox": False}
    document(old, "1", hash=HASH, totalValue="1500", points=3.0, labels=words, solo="true", position={"x": 1}, items=[])
    document(old, " 2 ", hash=HASH.upper() + " ", totalValue="1.5e3", points=3, labels=words, solo="t", npc="f")
    document(old, "3", hash=HASH, totalValue="1500.25", labels="null", points=1)
    document(old, "4", hash="CCP VERIFIED", totalValue="0")
    document(old, "5", hash=HASH, labels=["npc"])
    report = import_legacy(runtime, old.dsn)
    assert (report.staged, report.refused, report.troubles) == (5, 0, {})
    assert staged(runtime) == {
        1: (HASH, block),
        2: (HASH, block),
        3: (HASH, {"totalValue": 1500.25, "points": 1}),
        4: ("CCP VERIFIED", None),
        5: (HASH, {"labels": ["npc"], "npc": True, "solo": False, "awox": False}),
    }


BAD_PARTS: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    ("value_unreadable", {"totalValue": "much"}, None),
    ("value_unreadable", {"totalValue": "NaN"}, None),
    ("value_unreadable", {"totalValue": "-1"}, None),
    ("value_unreadable", {"totalValue": "1e18", "points": 2}, {"points": 2}),
    ("value_unvouched", {"totalValue": "1000000"}, None),
    ("value_unvouched", {"totalValue": "17", "points": 0, "labels": []}, None),
    (
        "points_unreadable",
        {"points": 2.5, "totalValue": "7", "labels": ["cat:6"]},
        {"totalValue": 7, "labels": ["cat:6"]},
    ),
    ("points_unreadable", {"points": -1.0}, None),
    ("points_unreadable", {"points": 1e12}, None),
    ("points_unreadable", {"points": float("nan")}, None),
    ("labels_unreadable", {"labels": {"pvp": True}}, None),
    ("labels_unreadable", {"labels": [1, 2]}, None),
    ("labels_unreadable", {"labels": "7"}, None),
    ("flags_unvouched", {"npc": "true", "totalValue": "7", "points": 2}, {"totalValue": 7, "points": 2}),
    ("flags_unvouched", {"solo": "false"}, None),
    (
        "flags_contradict",
        {"npc": "false", "labels": ["npc"]},
        {"labels": ["npc"], "npc": True, "solo": False, "awox": False},
    ),
    ("time_unreadable", {"killTime": "yesterday"}, None),
    ("time_unreadable", {"killTime": "infinity"}, None),
]


def test_a_bad_part_is_left_out_and_the_killmail_taken(old: OldService, runtime: Runtime) -> None:
    for number, (_, columns, _) in enumerate(BAD_PARTS, 1):
        document(old, str(number), **{"hash": HASH, **columns})
    report = import_legacy(runtime, old.dsn)
    assert (report.staged, report.refused) == (len(BAD_PARTS), 0)
    assert staged(runtime) == {number: (HASH, zkb) for number, (_, _, zkb) in enumerate(BAD_PARTS, 1)}
    reasons = [trouble for trouble, _, _ in BAD_PARTS]
    assert {name: tally.killmails for name, tally in report.troubles.items()} == {
        name: reasons.count(name) for name in reasons
    }
    assert report.troubles["time_unreadable"].examples == ["killmail 17", "killmail 18"]


def test_rows_that_name_no_killmail_are_kept_in_a_file_and_those_without_a_way_in_quarantine(
    old: OldService, runtime: Runtime
) -> None:
    ids = [None, "", "abc", "-5", "0", "9" * 19, "1.5", "12;DROP TABLE x"]
    for number in ids:
        document(old, number, hash=HASH, killTime=TIME)
    document(old, "7")
    document(old, "8", hash="short", killTime="2003-05-06T00:00:00Z")
    document(old, "9", killTime="2999-01-01 00:00:00")
    old.put("kill_victims", {"killmailId": 10, "characterId": 1, "shipTypeId": 587, "damageTaken": 1})
    report = import_legacy(runtime, old.dsn)
    assert (report.read, report.refused, report.staged) == (len(ids) + 4, len(ids) + 4, 0)
    assert {name: tally.killmails for name, tally in report.refusals.items()} == {
        "no_id": len(ids),
        "nowhere_to_look": 3,
        "no_kill_row": 1,
    }
    assert quarantined(runtime) == dict.fromkeys((7, 8, 9, 10), "unreadable_package")
    assert report.refused_rows_file == str(refused_rows_file(runtime))
    with Path(report.refused_rows_file).open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert sorted(row["id_text"] for row in kept) == sorted(number or "" for number in ids)
    assert {row["reason"] for row in kept} == {"no_id"}

    before = rows(runtime, "SELECT *, xmin::text FROM quality.quarantine ORDER BY 1")
    assert import_legacy(runtime, old.dsn).refused == report.refused
    assert rows(runtime, "SELECT *, xmin::text FROM quality.quarantine ORDER BY 1") == before


def test_a_hash_that_esi_refuses_is_not_taken_for_a_killmail_that_is_known(old: OldService, runtime: Runtime) -> None:
    document(old, "1", hash=HASH, killTime=TIME, totalValue="7", points=1)
    document(old, "2", hash=HASH)
    assert import_legacy(runtime, old.dsn).staged == 2
    run(runtime, "UPDATE staging.killmails SET state = 'gone'")  # as the fetch does when ESI knows no such killmail
    for _ in range(2):
        report = import_legacy(runtime, old.dsn)
        assert (report.read, report.known, report.without_hash, report.refused) == (2, 0, 1, 1)
        assert report.commands() == ["python -m killmart backfill 2021-11-29 2021-11-29"]
        assert list(report.refusals) == ["hash_refused"]
        assert not report.is_complete
    assert quarantined(runtime) == {}


def test_a_value_is_believed_where_its_own_row_vouches_for_it(old: OldService, runtime: Runtime) -> None:
    """A kill and a loss of the same killmail: the one has the block's value, the other what the service made up."""
    loss = {"lossTime": "2021-11-29T12:34:56Z", "shipTypeId": 587, "totalValue": 1_000_000}
    document(old, "1", hash=HASH, totalValue="17", labels=["pvp"])
    document(old, "2", hash=HASH)
    old.put("losses_fact", {"killmailId": 1, **loss}, {"killmailId": 2, **loss})
    report = import_legacy(runtime, old.dsn)
    assert report.troubles["value_unvouched"].killmails == 2
    flags = {"npc": False, "solo": False, "awox": False}
    assert staged(runtime) == {1: (HASH, {"totalValue": 17, "labels": ["pvp"], **flags}), 2: (HASH, None)}


def test_a_loss_that_has_the_moment_of_import_for_a_time_has_no_time(old: OldService, runtime: Runtime) -> None:
    old.put(
        "losses_fact",
        {"killmailId": 1, "lossTime": "2026-01-05T10:11:12.345Z", "shipTypeId": 587},
        {"killmailId": 2, "lossTime": "2026-01-05T10:11:12Z", "shipTypeId": 0},
        {"killmailId": 3, "lossTime": "2026-01-05T10:11:12.345Z", "shipTypeId": 0},
        {"killmailId": 4, "lossTime": "2026-01-05T10:11:12Z", "shipTypeId": 587},
        {"killmailId": 5, "lossTime": "2026-01-05T10:11:12.345Z", "shipTypeId": 0},
    )
    document(old, "5", killTime=TIME)  # the kill knows the time
    report = import_legacy(runtime, old.dsn)
    assert report.troubles["time_of_import"].killmails == 4
    assert "times_contradict" not in report.troubles
    assert {str(day): count for day, count in report.days.without_hash.items()} == {"2026-01-05": 1, "2021-11-29": 1}
    assert report.refusals["nowhere_to_look"].examples == ["killmail 1", "killmail 2", "killmail 3"]


def test_what_a_complete_day_does_not_have_is_told_once_and_for_all(old: OldService, runtime: Runtime) -> None:
    document(old, "1", killTime=TIME)
    document(old, "2", killTime=TIME, hash=HASH)
    document(old, "3", killTime=TIME)
    assert import_legacy(runtime, old.dsn).commands() == ["python -m killmart backfill 2021-11-29 2021-11-29"]
    run(runtime, "UPDATE staging.killmails SET state = 'gone'")
    run(
        runtime,
        """INSERT INTO quality.quarantine (killmail_id, reason, detail, feed)
        VALUES (3, 'hash_mismatch', '', 'everef')""",
    )
    coverage = """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
        VALUES ('2021-11-29', 9, 8, 1, '{}', '{}', now())"""
    run(runtime, coverage.replace("8, 1, '{}', '{}'", "8, 0, '{77}', '{list}'"))
    assert import_legacy(runtime, old.dsn).without_hash == 3  # the day is not complete
    run(runtime, "UPDATE quality.day_coverage SET missing = '{}', sources = '{}'")
    assert import_legacy(runtime, old.dsn).without_hash == 3  # nobody was asked yet
    run(runtime, "UPDATE quality.day_coverage SET sources = '{list,everef}'")
    report = import_legacy(runtime, old.dsn)
    assert (report.not_in_day, report.known, report.without_hash, report.refused) == (2, 1, 0, 0)
    assert report.refusals["not_in_day"].examples == ["killmail 1 of 2021-11-29", "killmail 2 of 2021-11-29"]
    assert (report.commands(), report.is_complete) == ([], False)


def test_what_stays_in_the_old_database_is_named(old: OldService, runtime: Runtime) -> None:
    old.run('CREATE TABLE "CharacterGroup" (id int)')
    old.run("CREATE TABLE map_activities (id int)")
    old.run("CREATE TABLE _prisma_migrations (id int)")
    old.run("CREATE TABLE characters (eve_id bigint, name text)")
    document(old, "1", hash=HASH)
    [note] = import_legacy(runtime, old.dsn, dry_run=True).advice()
    assert note.startswith("Only killmails are imported. What stays behind in public: CharacterGroup, map_activities (")


def test_a_quarantined_row_is_closed_once_the_killmail_comes(old: OldService, runtime: Runtime) -> None:
    from support.pipeline import load_past_gate

    document(old, "1")
    import_legacy(runtime, old.dsn)
    assert quarantined(runtime) == {1: "unreadable_package"}
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    assert quarantined(runtime) == {}
    assert import_legacy(runtime, old.dsn).is_complete


def test_flags_by_the_rule_give_way_to_those_of_the_labels(old: OldService, runtime: Runtime) -> None:
    from support.pipeline import load_past_gate

    told = {"npc": False, "solo": False, "awox": False, "totalValue": 5}  # of 2 zKillboard has spoken
    stage(runtime, [ref(kill(1), {}), ref(kill(2), told), ref(kill(3), {"awox": False})])
    load_past_gate(runtime)
    run(runtime, "DELETE FROM staging.killmails")
    figures = "priced_value = 3, priced_dropped_value = 0, priced_destroyed_value = 3, rule_points = 1"
    by_rule = "rule_npc = false, rule_solo = false, rule_awox = false"
    run(runtime, f"UPDATE core.kills_fact SET {figures}, {by_rule} WHERE killmail_id = 1")  # as with static data
    flags = "SELECT killmail_id, npc, solo, awox FROM core.kills_fact ORDER BY 1"
    for number in ("1", "2", "3"):
        document(old, number, hash=oracle.killmail_hash_of(kill(int(number))), labels=["pvp", "awox"])
    assert import_legacy(runtime, old.dsn).valued == 3
    load_past_gate(runtime)
    assert rows(runtime, flags) == [(1, False, False, True), (2, False, False, False), (3, False, False, False)]
    assert import_legacy(runtime, old.dsn).is_idle


def test_duplicates_and_contradictions(old: OldService, runtime: Runtime) -> None:
    body = kill(1)
    right = oracle.killmail_hash_of(body)
    for number in (1, 2, 3):
        old.put("kill_victims", {"killmailId": number, "characterId": 95_000_001, "shipTypeId": 587, "damageTaken": 1})
        striker = {"killmailId": number, "characterId": 95_000_002, "finalBlow": True, "damageDone": 1}
        old.put("kill_attackers", striker, striker)  # each row twice
    document(old, "1", hash=HASH, killTime=TIME, totalValue="5", points=1)
    document(old, "1", hash=right, killTime=TIME, totalValue="9", points=1)
    document(old, "2", killTime=TIME, points=1)
    document(old, "2", killTime=TIME, points=1)
    document(old, "3", killTime=TIME)
    document(old, "3", killTime="2021-11-30T00:00:00Z")
    document(old, "4", hash=HASH, killTime=TIME)
    document(old, "4", hash=HASH[::-1], killTime=TIME)
    report = import_legacy(runtime, old.dsn)
    assert staged(runtime) == {1: (right, {"totalValue": 9, "points": 1}), 2: (right, {"points": 1})}
    assert (report.staged, report.without_hash, report.duplicates) == (2, 2, 4)
    assert {name: tally.examples for name, tally in report.troubles.items()} == {
        "hashes_contradict": ["killmail 1", "killmail 4"],
        "times_contradict": ["killmail 3"],
    }
    assert report.commands() == ["python -m killmart backfill 2021-11-29 2021-11-29"]


WORKED_OUT: dict[str, dict[str, Any]] = {
    "plain": {},
    "victim is attacker": {"attackers": [attacker(95_000_001, final_blow=True), attacker(95_000_003)]},
    "victim without a character": {"victim": victim(character_id=None)},
    "final blow without a character": {"attackers": [attacker(0, final_blow=True), attacker(5)]},
    "milliseconds": {},
}


def test_the_hash_follows_from_victim_final_blow_ship_and_time(postgres: EmbeddedPostgres, runtime: Runtime) -> None:
    with old_service(postgres, MIGRATED) as old:
        for number, changes in enumerate(WORKED_OUT.values(), 1):
            body = kill(number, **changes)
            changed = {"kill_time": "2021-11-29 12:34:56.789"} if number == len(WORKED_OUT) else {}
            keep(old, body, {}, **changed)
        two_strike = [attacker(1, final_blow=True), attacker(2, final_blow=True)]
        keep(old, kill(11, attackers=two_strike), {})
        keep(old, kill(12, attackers=[attacker(1)]), {})
        report = import_legacy(runtime, old.dsn)
    assert {one: found for one, (found, _) in staged(runtime).items()} == {
        number: oracle.killmail_hash_of(kill(number, **changes))
        for number, changes in enumerate(WORKED_OUT.values(), 1)
    }
    assert (report.hashes_worked_out, report.without_hash) == (len(WORKED_OUT), 2)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("CREATE TABLE users (id int)", r"no table of kills .*none of losses .*Its tables are: users\."),
        ("", r"Its tables are: none at all\."),
        ('CREATE TABLE "KillFact" (hash text, npc boolean)', r"public\.KillFact .* no column like killmailId"),
        ('CREATE TABLE "KillFact" ("killmailId" bigint, npc boolean)', r"no column like hash .* nor like killTime"),
        (
            'CREATE TABLE "KillFact" ("killmailId" bigint, killmail_id bigint, hash text)',
            r"two columns for one thing, 'killmailId' and 'killmail_id'",
        ),
        (
            "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.kill_facts (killmail_id int, hash text); "
            "CREATE TABLE b.kill_facts (killmail_id int, hash text)",
            r"several schemas \(a, b\); say which one",
        ),
    ],
)
def test_a_database_of_another_kind_is_refused_in_one_sentence(
    postgres: EmbeddedPostgres, runtime: Runtime, schema: str, message: str
) -> None:
    with old_service(postgres, schema or "SELECT 1") as old, pytest.raises(ConfigurationError, match=message):
        import_legacy(runtime, old.dsn.replace("schema=public&", ""))


def test_a_warehouse_is_no_old_database(postgres: EmbeddedPostgres, runtime: Runtime) -> None:
    dsn = runtime.warehouse_url.replace("+psycopg2", "")
    with pytest.raises(ConfigurationError, match="is a Killmart warehouse itself"):
        import_legacy(runtime, dsn)


def test_odd_names_left_over_tables_and_the_schema_of_the_dsn(postgres: EmbeddedPostgres, runtime: Runtime) -> None:
    schema = f"""
    CREATE SCHEMA "my ""bot:x%";
    SET search_path = "my ""bot:x%";
    CREATE TABLE "Kill_Fact" ("KILLMAIL_ID" INTEGER, "Killmail_Hash" CHAR(50), "is:npc" BOOLEAN);
    CREATE TABLE "kills_fact" ("killID" NUMERIC, "hash" TEXT);
    CREATE TABLE "KillVictim" ("killmailId" BIGINT);
    INSERT INTO "Kill_Fact" VALUES (1, '{HASH}', TRUE);
    INSERT INTO "kills_fact" VALUES (2, '{HASH}'), (1, '{HASH}');
    """
    with old_service(postgres, schema) as old:
        report = import_legacy(runtime, old.dsn.replace("schema=public", "schema=my+%22bot%3Ax%25"))
    assert set(staged(runtime)) == {1, 2}
    assert report.notes == ['my "bot:x%.KillVictim has no column like characterId or shipTypeId, so it is not read']


def test_an_old_database_that_is_away_is_told_without_its_password(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KillmartError, match=r"^The old database \(bot at 127\.0\.0\.1\) cannot be reached") as refused:
        import_legacy(runtime, f"postgresql://me:{SECRET}@127.0.0.1:1/bot?schema=public&pgbouncer=true")
    assert SECRET not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    "dsn", ["", f"postgresql://me:{SECRET}@host:port/bot", f"{SECRET}", f"mysql://{SECRET}@host/bot"]
)
def test_a_dsn_that_cannot_be_read_is_refused_and_not_repeated(runtime: Runtime, dsn: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The DSN of the old database cannot be read") as refused:
        import_legacy(runtime, dsn)
    assert SECRET not in str(refused.value)


def test_dsns_of_prisma_and_of_libpq_name_the_same_database() -> None:
    of_prisma = old_database(
        "postgresql://me:pw%40%2F@db.example:5433/bot?schema=My&connection_limit=3&sslmode=require"
    )
    assert of_prisma.schema == "My"
    of_libpq = old_database("host=db.example port=5433 user=me password=pw@/ dbname=bot sslmode=require")
    assert of_prisma.url == of_libpq.url
    assert of_prisma.shown == "bot at db.example"
    assert "pw@/" not in repr(of_prisma)
    spaced = old_database(
        "postgresql://me@h/bot?pgbouncer=true&options=-c%20search_path%3Dmy&application_name=my%20bot"
    )
    assert dict(spaced.url.query) == {"options": "-c search_path=my", "application_name": "my bot"}
    by_socket = old_database("postgresql:///bot?host=/run/postgresql&schema=My")
    assert (by_socket.shown, by_socket.schema) == ("bot at /run/postgresql", "My")
    assert old_database("postgresql://me@h/bot?schema=My").url == old_database("postgresql://me@h/bot").url
    assert json.dumps(str(of_prisma.url)).count("pw") == 0
