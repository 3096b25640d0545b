"""The filled warehouse is like a real one in what matters, is made once, and again when it is stale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bench import filled
from bench.cloning import IDS_A_DAY, LIFE, SUCCESSORS, killmail_tables
from killmart.config.settings import PROJECT
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.folders import quick_folder
from support.pipeline import rows

pytestmark = realdata.needs_realdata
DAYS = """SELECT (kill_time AT TIME ZONE 'UTC')::date AS day, count(*), min(killmail_id), max(killmail_id)
    FROM core.kills_fact GROUP BY day ORDER BY day"""


def test_ids_rise_with_time_some_20000_a_day(filled_warehouse: Runtime) -> None:
    found = rows(filled_warehouse, DAYS)
    assert sum(count for _, count, _, _ in found) >= filled.wanted(filled.KILLS_OF_TESTS)
    days, counts, firsts, lasts = zip(*found, strict=True)
    assert list(days) == [days[0] + timedelta(days=number) for number in range(len(days))]
    today = datetime.now(UTC).date()
    assert today - timedelta(days=filled.KEPT_DAYS + 1) <= days[-1] < today
    assert max(counts) - min(counts) <= 1
    assert {later - before for before, later in pairwise(firsts)} == {IDS_A_DAY}
    assert all(last - first < IDS_A_DAY for first, last in zip(firsts, lasts, strict=True))
    inversions = """SELECT count(*) FROM (
        SELECT kill_time < lag(kill_time) OVER (ORDER BY killmail_id) AS is_inverted FROM core.kills_fact
    ) AS neighbours WHERE is_inverted"""
    assert rows(filled_warehouse, inversions) == [(0,)]


def test_every_range_has_its_indexes(filled_warehouse: Runtime) -> None:
    assert rows(filled_warehouse, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []


def test_every_row_has_its_killmail_and_the_counts_add_up(filled_warehouse: Runtime) -> None:
    with filled_warehouse.engine.connect() as connection:
        names = [table.full_name for table in killmail_tables(connection)]
    assert len(names) >= 5
    for name in names:
        orphans = f"""SELECT count(*) FROM {name} AS of_table WHERE NOT EXISTS (
            SELECT FROM core.kills_fact AS kills WHERE kills.killmail_id = of_table.killmail_id)"""
        assert rows(filled_warehouse, orphans) == [(0,)], name
    for counted, table in (("attacker_count", "kill_attackers"), ("item_count", "kill_items")):
        odd = f"""SELECT count(*) FROM core.kills_fact AS kills WHERE {counted} != (
            SELECT count(*) FROM core.{table} AS of_table WHERE of_table.killmail_id = kills.killmail_id)"""
        assert rows(filled_warehouse, odd) == [(0,)]
    named = """
        SELECT killmail_id, character_id FROM core.kill_victims WHERE character_id IS NOT NULL
        UNION SELECT killmail_id, character_id FROM core.kill_attackers WHERE character_id IS NOT NULL"""
    junction = "SELECT killmail_id, character_id FROM core.kill_characters"
    for left, right in ((named, junction), (junction, named)):
        assert rows(filled_warehouse, f"SELECT count(*) FROM (({left}) EXCEPT ({right})) AS odd") == [(0,)]


def test_small_alliances_come_and_go_and_large_ones_stay(filled_warehouse: Runtime) -> None:
    seen = """SELECT alliance_id, count(DISTINCT killmail_id), min(kill_time)::date, max(kill_time)::date
        FROM core.kill_attackers INNER JOIN core.kills_fact USING (killmail_id)
        WHERE alliance_id IS NOT NULL GROUP BY alliance_id ORDER BY 2 DESC, 1"""
    found = rows(filled_warehouse, seen)
    first, last = (edge(one[place] for one in found) for edge, place in ((min, 2), (max, 3)))
    assert all((one[2] - first).days <= 2 and (last - one[3]).days <= 2 for one in found[:3])  # seeds take turns
    successors = [one for one in found if SUCCESSORS["alliance"] <= one[0] < 100_000_000]
    assert len(found) > len(successors) > len(found) / 3
    assert all((one[3] - one[2]).days < LIFE for one in successors)
    assert not {one[0] for one in found[:3]} & {one[0] for one in successors}


@pytest.mark.parametrize("kind", list(SUCCESSORS))
def test_everybody_who_is_named_is_there_with_the_times_of_their_kills(filled_warehouse: Runtime, kind: str) -> None:
    met = f"""SELECT {kind}_id, min(kill_time), max(kill_time) FROM (
            SELECT killmail_id, {kind}_id FROM core.kill_victims
            UNION ALL SELECT killmail_id, {kind}_id FROM core.kill_attackers
        ) AS involved INNER JOIN core.kills_fact USING (killmail_id) WHERE {kind}_id IS NOT NULL GROUP BY {kind}_id"""
    known = f"SELECT eve_id, first_seen, last_seen FROM core.{kind}s"
    for left, right in ((met, known), (known, met)):
        assert rows(filled_warehouse, f"SELECT * FROM (({left}) EXCEPT ({right})) AS odd LIMIT 3") == []
    assert rows(filled_warehouse, f"SELECT count(*) FROM core.{kind}s WHERE name IS NULL") == [(0,)]


def test_the_mart_is_that_of_its_killmails(filled_warehouse: Runtime) -> None:
    told = """SELECT day, sum(losses), 0, 0 FROM mart.activity_daily WHERE entity_kind = 'system' GROUP BY day"""
    counted = [(day, count) for day, count, _, _ in rows(filled_warehouse, DAYS)]
    assert [(day, int(losses)) for day, losses, _, _ in rows(filled_warehouse, f"{told} ORDER BY day")] == counted
    assert rows(filled_warehouse, "SELECT count(*) FROM mart.battles")[0][0] > 0


def test_its_tables_have_the_keys_and_indexes_of_any_warehouse(filled_warehouse: Runtime, engine: Engine) -> None:
    query = text(
        """SELECT pg_get_indexdef(oid) FROM pg_class
        WHERE relkind IN ('i', 'I') AND NOT relispartition
        AND relnamespace IN ('core'::regnamespace, 'mart'::regnamespace)
        UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint INNER JOIN pg_class ON conrelid = pg_class.oid
        WHERE conparentid = 0 AND NOT relispartition AND connamespace IN ('core'::regnamespace, 'mart'::regnamespace)
        ORDER BY 1"""
    )
    with engine.connect() as usual, filled_warehouse.engine.connect() as connection:
        assert list(connection.execute(query)) == list(usual.execute(query))
        assert connection.execute(text("SHOW fsync")).scalar_one() == "on"
        schemas = connection.execute(text("SELECT nspname FROM pg_namespace")).scalars().all()
        assert "filled" not in schemas


# --- made once ------------------------------------------------------------------------------------------------------

KILLS = filled.LEAST_KILLS
MAKE = [sys.executable, "-m", "tests.bench.filled", "--kills", str(KILLS)]


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """Where filled warehouses of these tests lie: one that a test has made is good enough for the next one."""
    with quick_folder() as folder:
        yield folder / "filled"


@pytest.fixture
def apart(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the least filled warehouse, perhaps made already; no server of it is left."""
    monkeypatch.setenv("KILLMART_FILLED", str(base))
    yield filled.folder(KILLS)
    EmbeddedPostgres(filled.folder(KILLS)).stop()


def made_now() -> tuple[int, bool]:
    """What tells one server from the next that is made in its place, and whether it is filled."""
    with filled.in_use(KILLS) as warehouse:
        runtime = warehouse.runtime()
        [(system, count)] = rows(
            runtime, "SELECT system_identifier, (SELECT count(*) FROM core.kills_fact) FROM pg_control_system()"
        )
        runtime.engine.dispose()
        return system, count >= KILLS


@pytest.mark.timeout(1200)
def test_two_that_want_it_at_once_have_one_and_the_same(apart: Path) -> None:
    shutil.rmtree(apart, ignore_errors=True)
    both = [subprocess.Popen(MAKE, cwd=PROJECT, env=dict(os.environ), stdout=-1, stderr=-1, text=True) for _ in "12"]
    told = [one.communicate(timeout=1100) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert sum("Making" in said for _, said in told) == 1, told
    first, second = (out.splitlines()[-1] for out, _ in told)
    assert first == second == EmbeddedPostgres(apart).dsn()
    assert EmbeddedPostgres(apart).is_running()  # for whoever called the command


@pytest.mark.timeout(1200)
def test_it_is_kept_and_made_again_only_when_it_is_stale(apart: Path) -> None:
    first, is_filled = made_now()
    assert is_filled
    assert not EmbeddedPostgres(apart).is_running()
    assert made_now() == (first, True)
    note = apart / "filled.json"
    made = json.loads(note.read_text())
    note.write_text(json.dumps(made | {"digest": "that of another schema"}))
    second, is_filled = made_now()
    assert (second != first, is_filled) == (True, True)
    long_ago = date.fromisoformat(made["made_on"]) - timedelta(days=filled.KEPT_DAYS + 1)
    note.write_text(json.dumps(made | {"made_on": long_ago.isoformat()}))
    assert made_now()[0] not in (first, second)


def test_a_change_of_the_schema_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = filled._digest()
    project = tmp_path / "project"
    for name in ("migrations", "include", "tests"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).symlink_to(PROJECT / name)
    monkeypatch.setattr(filled, "PROJECT", project)
    assert filled._digest() == before
    (project / "migrations").unlink()
    folder = project / "migrations" / "sql" / "0001_warehouse"
    folder.mkdir(parents=True)
    (folder / "2_core.sql").write_text("CREATE SCHEMA core;")
    assert filled._digest() != before


def test_no_room_is_said_at_once(apart: Path) -> None:
    with pytest.raises(KillmartError, match="set KILLMART_FILLED to a folder elsewhere"), filled.in_use(10**12):
        pass
