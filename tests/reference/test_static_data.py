"""CCP's static data from the simulator over HTTP into reference: loaded, compared, swapped, refused."""

from __future__ import annotations

import copy
import csv
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from killmart.db.reference import StaticDataRefusedError
from killmart.errors import UpstreamError
from killmart.reference.static_data import StaticDataReport, load_static_data
from killmart.sources import sde
from killmart_demo.sde import Export
from killmart_demo.sde_tables import Tables, csv_tables
from support import realdata
from support.making import MakeRuntime
from support.scripted import scripted
from support.servers import served
from support.upstreams import Upstreams, change, rows

TABLES = ("solar_systems", "types", "groups", "categories")


def publish(upstreams: Upstreams, build_number: int, tables: Tables) -> None:
    upstreams.static_data.__dict__["current"] = Export(build_number, tables)


def contents(engine: Engine) -> dict[str, list[Any]]:
    found = {table: rows(engine, f"SELECT * FROM reference.{table} ORDER BY 1") for table in TABLES}
    return found | {"builds": rows(engine, "SELECT build_number FROM reference.sde_builds ORDER BY loaded_at")}


def versions(engine: Engine) -> list[Any]:
    return [rows(engine, f"SELECT count(*), sum(xmin::text::bigint) FROM reference.{table}") for table in TABLES]


def test_the_first_load_brings_everything(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    report = load_static_data(make_runtime(**upstreams.urls))
    tables = upstreams.static_data.current.tables
    assert report.is_new
    assert report.build_number == upstreams.static_data.current.build_number
    assert (report.systems, report.types) == (len(tables["mapSolarSystems"]), len(tables["types"]))
    assert report.systems > 8_000
    (jita,) = rows(engine, "SELECT * FROM reference.solar_systems WHERE system_id = 30000142")
    assert (jita.name, jita.region_id, jita.region_name, jita.security) == ("Jita", 10000002, "The Forge", 0.9459)
    assert jita.constellation_name
    assert rows(engine, "SELECT * FROM reference.types WHERE type_id = 448") == [
        (448, "Warp Scrambler II", 52, 5, 5.0, None)
    ]
    assert rows(engine, "SELECT * FROM reference.types WHERE type_id = 29990") == [(29990, "Loki", 963, 5, None, 2)]
    (build,) = rows(engine, "SELECT * FROM reference.sde_builds")
    assert (build.systems, build.types, build.groups, build.categories) == (
        *(report.systems, report.types),
        *(len(tables["groups"]), len(tables["categories"])),
    )
    assert str(build.released_at) == "2026-10-01 11:14:43+00:00"
    agents = {request.headers["user-agent"].split("/")[0] for request in upstreams.requests}
    assert agents == {"Killmart"}
    counted = rows(engine, "SELECT sum(requests) FROM ops.request_stats WHERE service = 'sde'")
    assert counted == [(len(upstreams.requests),)]


def test_who_bans_us_is_left_alone(make_runtime: MakeRuntime, engine: Engine) -> None:
    with scripted(lambda *_: (403, b"")) as upstream:
        runtime = make_runtime(sde=upstream.url)
        for _ in range(3):
            with pytest.raises(UpstreamError):
                load_static_data(runtime)
        assert len(upstream.requests) == 1
    assert [row.service for row in rows(engine, "SELECT service FROM ops.pauses WHERE until > now()")] == ["sde"]


def test_an_unchanged_build_is_not_fetched(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    runtime = make_runtime(**upstreams.urls)
    load_static_data(runtime)
    before, fetched = versions(engine), len(upstreams.of(".zip"))
    assert fetched
    report = load_static_data(runtime)
    assert report == StaticDataReport(upstreams.static_data.current.build_number, is_new=False)
    assert len(upstreams.of(".zip")) == fetched
    assert versions(engine) == before
    assert not list((runtime.settings.home_path / "cache").iterdir())


def test_a_changed_build_is_swapped_in_and_touches_what_differs_alone(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    runtime = make_runtime(**upstreams.urls)
    load_static_data(runtime)
    tables = copy.deepcopy(upstreams.static_data.current.tables)
    names = {line["_key"]: line for line in tables["types"]}
    names[603]["name"] = "Merlin Mark II"  # a name may be plain text, too
    tables["types"].append({"_key": 99_999, "groupID": 25, "name": {"de": "Neu"}})
    tables["types"] = [line for line in tables["types"] if line["_key"] != 608]
    tables["typeDogma"] = [line for line in tables["typeDogma"] if line["_key"] != 448]
    publish(upstreams, 3_000_777, tables)
    report = load_static_data(runtime)
    assert (report.build_number, report.is_new, report.changed) == (3_000_777, True, 4)
    assert rows(engine, "SELECT type_id, name FROM reference.types WHERE type_id IN (603, 608, 99999) ORDER BY 1") == [
        (603, "Merlin Mark II"),
        (99_999, "Neu"),
    ]
    assert rows(engine, "SELECT meta_level, heat_damage FROM reference.types WHERE type_id = 448") == [(None, None)]
    assert contents(engine)["builds"] == [(3_000_001,), (3_000_777,)]


def test_readers_see_the_old_build_until_the_new_one_is_whole(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    runtime = make_runtime(**upstreams.urls)
    load_static_data(runtime)
    tables = copy.deepcopy(upstreams.static_data.current.tables)
    for table in tables.values():
        for line in table:
            if isinstance(line.get("name"), dict) and line["_key"] not in (30000142, 10000002, 587, 670, 25, 6):
                line["name"] = {"en": "new " + line["name"]["en"]}
    publish(upstreams, 3_000_002, tables)
    counted = text(
        "SELECT (SELECT count(*) FROM reference.types WHERE name LIKE 'new %'),"
        " (SELECT count(*) FROM reference.solar_systems WHERE name LIKE 'new %'),"
        " (SELECT count(*) FROM reference.types), (SELECT count(*) FROM reference.solar_systems)"
    )
    views: set[tuple[int, ...]] = set()
    done = threading.Event()

    def look() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not done.is_set():
                views.add(tuple(connection.execute(counted).one()))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        load_static_data(runtime)
    finally:
        done.set()
        reader.join()
    types, systems = len(tables["types"]), len(tables["mapSolarSystems"])
    assert views <= {(0, 0, types, systems), (types - 2, systems - 1, types, systems)}
    assert (0, 0, types, systems) in views


def without(tables: Tables, table: str, key: int) -> None:
    tables[table] = [line for line in tables[table] if line["_key"] != key]


def fewer(tables: Tables) -> None:
    del tables["mapSolarSystems"][5_400:]


def twice(tables: Tables) -> None:
    tables["types"].append(tables["types"][0])


def no_attributes(tables: Tables) -> None:
    tables["typeDogma"] = []


def renamed(tables: Tables) -> None:
    next(line for line in tables["types"] if line["_key"] == 587)["name"] = {"en": "Rifter?"}


def too_large(tables: Tables) -> None:
    tables["types"][3]["_key"] = 2**40


@pytest.mark.parametrize(
    ("spoil", "claim"),
    [
        (fewer, r"counts_have_not_fallen \(solar_systems \(5400 after 8136\)\)"),
        (no_attributes, r"counts_have_not_fallen \(type attributes \(0 after "),
        (twice, r"keys_are_unique \(type 587\)"),
        (
            lambda tables: without(tables, "mapSolarSystems", 30000142),
            r"landmarks_are_there \(system 30000142",
        ),
        (renamed, r"landmarks_are_there \(type 587 \(Rifter\)\)"),
        (lambda tables: without(tables, "mapRegions", 10000003), "systems_have_a_constellation_and_a_region"),
        (lambda tables: without(tables, "mapConstellations", 20000007), "and 2 more"),
        (lambda tables: without(tables, "groups", 26), r"types_have_a_group \(type 621, type 626, type 17715\)"),
        (lambda tables: without(tables, "categories", 18), r"groups_have_a_category \(group 100\)"),
        (too_large, "does not take a row of types"),
    ],
)
def test_a_build_that_breaks_a_check_changes_nothing(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine, spoil: Any, claim: str
) -> None:
    runtime = make_runtime(**upstreams.urls)
    load_static_data(runtime)
    before = contents(engine)
    tables = copy.deepcopy(upstreams.static_data.current.tables)
    spoil(tables)
    publish(upstreams, 3_000_002, tables)
    with pytest.raises(StaticDataRefusedError, match=claim) as refused:
        load_static_data(runtime)
    assert "the data loaded last stays" in str(refused.value)
    assert contents(engine) == before


def test_after_a_refused_build_the_next_good_one_is_loaded(make_runtime: MakeRuntime, upstreams: Upstreams) -> None:
    runtime = make_runtime(**upstreams.urls)
    tables = copy.deepcopy(upstreams.static_data.current.tables)
    good = copy.deepcopy(tables)
    twice(tables)
    publish(upstreams, 3_000_002, tables)
    with pytest.raises(StaticDataRefusedError):
        load_static_data(runtime)
    publish(upstreams, 3_000_003, good)
    assert load_static_data(runtime).build_number == 3_000_003


def altered(archive: bytes) -> bytes:
    middle = len(archive) // 2
    return archive[:middle] + bytes(byte ^ 0xFF for byte in archive[middle : middle + 64]) + archive[middle + 64 :]


def missing_member(upstreams: Upstreams) -> bytes:
    tables = dict(upstreams.static_data.current.tables)
    del tables["groups"]
    return Export(2, tables).archive


@pytest.mark.parametrize("kind", ["cut off", "altered", "no member", "html", "line"])
def test_a_broken_zip_changes_nothing(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine, kind: str
) -> None:
    runtime = make_runtime(**upstreams.urls)
    load_static_data(runtime)
    before = contents(engine)
    tables = upstreams.static_data.current.tables
    export = Export(3_000_002, tables)
    broken = {
        "cut off": lambda: export.archive[: len(export.archive) // 2],
        "altered": lambda: altered(export.archive),
        "no member": lambda: missing_member(upstreams),
        "html": lambda: b"<html>we are having a break</html>",
        "line": lambda: Export(2, tables | {"types": [{"_key": "x"}]}).archive,
    }[kind]()
    export.__dict__["archive"] = broken
    upstreams.static_data.__dict__["current"] = export
    with pytest.raises(UpstreamError):
        load_static_data(runtime)
    assert contents(engine) == before
    assert not list((runtime.settings.home_path / "cache").iterdir())


class Unsteady:
    """ASGI: serves `content` as the zip, in the way that its `mode` says, and counts what was asked."""

    def __init__(self, inner: Any, mode: str) -> None:
        self.inner = inner
        self.mode = mode
        self.pieces: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("1-jsonl.zip"):
            await self.inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        self.pieces.append(headers[b"range"].decode())
        turn = len(self.pieces)
        if self.mode == "whole":
            scope = scope | {"headers": [(k, v) for k, v in scope["headers"] if k != b"range"]}

        async def bent(message: Any) -> None:
            if message["type"] == "http.response.start" and self.mode == "changing" and turn == 2:
                kept = [(k, v) for k, v in message["headers"] if k != b"etag"]
                message = message | {"headers": [*kept, (b"etag", b'"another"')]}
            if message["type"] == "http.response.body" and self.mode == "breaking" and turn % 2 == 0:
                await send(message | {"body": message["body"][:1000], "more_body": True})
                raise ConnectionResetError
            await send(message)

        await self.inner(scope, receive, bent)


@pytest.mark.parametrize(("mode", "extra"), [("steady", 0), ("breaking", 1), ("changing", 1), ("whole", 0)])
def test_a_download_comes_in_pieces_and_goes_on_where_it_broke_off(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, mode: str, extra: int
) -> None:
    from fastapi import FastAPI

    from killmart_demo.config import SimulatorConfig
    from killmart_demo.sde import StaticData, sde_router
    from killmart_demo.state import SimulatorState

    data = StaticData()
    monkeypatch.setattr(sde, "SDE_PIECE_BYTES", len(data.current.archive) // 2 + 1)
    app = FastAPI()
    app.include_router(sde_router(SimulatorState(SimulatorConfig(kills=0)), data), prefix="/sde")
    unsteady = Unsteady(app, mode)
    with served(unsteady) as url:
        report = load_static_data(make_runtime(sde=f"{url}/sde"))
    assert report.systems == len(data.current.tables["mapSolarSystems"])
    first = f"bytes=0-{sde.SDE_PIECE_BYTES - 1}"
    second = f"bytes={sde.SDE_PIECE_BYTES}-{2 * sde.SDE_PIECE_BYTES - 1}"
    expected = {
        # the first request goes by the redirect of the "latest", which is not this path
        "steady": [first, second],
        "breaking": [first, second, second],
        "changing": [first, second, first, second],
        "whole": [first],
    }
    assert unsteady.pieces == expected[mode]


def test_what_is_too_large_is_not_fetched_to_the_end(
    make_runtime: MakeRuntime, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sde, "LARGEST_STATIC_DATA", 10_000)
    monkeypatch.setattr(sde, "SDE_PIECE_BYTES", 2_000)
    with pytest.raises(UpstreamError, match="larger than"):
        load_static_data(make_runtime(**upstreams.urls))
    assert sum(request.status == 206 for request in upstreams.requests) == 1


def serving_zip(status: int, content: bytes, total: int) -> AbstractContextManager[str]:
    """A server whose only zip is answered so, whatever part of it is asked for."""
    from fastapi import FastAPI
    from starlette.responses import Response

    app = FastAPI()
    headers = {"Content-Range": f"bytes 0-{len(content) - 1}/{total}"} if status == 206 else {}
    app.add_route(sde.LATEST_BUILD, lambda request: Response('{"_key":"sde","buildNumber":7}'))
    app.add_route(sde.LATEST_ARCHIVE, lambda request: Response(content, status, headers))
    return served(app)


def test_nothing_too_large_is_written(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr("killmart.sources.sde.shutil.copyfileobj", lambda *what: written.append(what))
    monkeypatch.setattr(sde, "LARGEST_STATIC_DATA", 10_000)
    with serving_zip(200, b"PK" + bytes(20_000), 0) as url, pytest.raises(UpstreamError, match="larger than"):
        load_static_data(make_runtime(sde=url))
    assert written == []


def test_a_piece_larger_than_asked_for_is_cut_off(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sde, "SDE_PIECE_BYTES", 2_000)
    with (
        serving_zip(206, b"PK" + bytes(1_999), 4_000) as url,
        pytest.raises(UpstreamError, match=r"2,001 bytes, more than 2,000"),
    ):
        load_static_data(make_runtime(sde=url))


def test_a_redirect_to_another_host_is_not_followed(make_runtime: MakeRuntime) -> None:
    from fastapi import FastAPI
    from starlette.responses import PlainTextResponse, RedirectResponse

    app = FastAPI()
    app.add_route(sde.LATEST_BUILD, lambda request: PlainTextResponse('{"_key":"sde","buildNumber":7}'))
    app.add_route(sde.LATEST_ARCHIVE, lambda request: RedirectResponse("http://169.254.1.1/x.zip"))
    with served(app) as url, pytest.raises(UpstreamError, match=r"another host \(169\.254\.1\.1\)"):
        load_static_data(make_runtime(sde=url))


@pytest.mark.parametrize("answer", ["<html>", '{"_key":"meta"}', ""])
def test_a_latest_without_a_build_is_an_error_that_says_so(make_runtime: MakeRuntime, answer: str) -> None:
    from fastapi import FastAPI
    from starlette.responses import PlainTextResponse

    app = FastAPI()
    app.add_route(sde.LATEST_BUILD, lambda request: PlainTextResponse(answer))
    with served(app) as url, pytest.raises(UpstreamError, match=r"names no build.*connection sde"):
        load_static_data(make_runtime(sde=url))


@realdata.needs_realdata
def test_the_real_static_data_is_loaded_cell_for_cell(
    make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine
) -> None:
    folder: Path = realdata.DATA / "sde"
    publish(upstreams, 3_000_900, csv_tables(folder))
    report = load_static_data(make_runtime(**upstreams.urls))

    def read(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def whole(value: str) -> int | None:
        return int(float(value)) if value else None

    systems, types = read("solar_systems"), read("types")
    assert (report.systems, report.types) == (len(systems), len(types)) == (8490, 53289)
    expected = sorted(
        (
            *(int(s["solar_system_id"]), s["name"], int(s["constellation_id"]), s["constellation_name"]),
            *(int(s["region_id"]), s["region_name"], float(s["security_status"]), s["security_class"] or None),
            *(float(s[axis]) for axis in "xyz"),
        )
        for s in systems
    )
    found = contents(engine)
    assert found["solar_systems"] == expected
    assert found["types"] == [
        (
            *(int(t["type_id"]), t["name"], int(t["group_id"]), whole(t["attr633_meta_level"])),
            float(t["attr1211_heat_damage"]) if t["attr1211_heat_damage"] else None,
            whole(t["attr1547_rig_size"]),
        )
        for t in sorted(types, key=lambda t: int(t["type_id"]))
    ]
    groups = sorted((int(g["group_id"]), g["name"], int(g["category_id"])) for g in read("groups"))
    assert found["groups"] == groups
    assert found["categories"] == sorted((int(c["category_id"]), c["name"]) for c in read("categories"))


def test_two_processes_load_it_once(make_runtime: MakeRuntime, upstreams: Upstreams, engine: Engine) -> None:
    reports: list[StaticDataReport] = []
    threads = [
        threading.Thread(target=lambda: reports.append(load_static_data(make_runtime(**upstreams.urls))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.is_new for report in reports) == [False, True]
    change(engine, "DELETE FROM reference.sde_builds")
    assert load_static_data(make_runtime(**upstreams.urls)).changed == 0
