"""Loads bodies with dlt, in an environment that has dlt and nothing of ours: `python -P dlt_script.py FORM BODIES URL`.

BODIES is a file with a body a line. Prints the seconds from the bodies in memory to the end of the load, into tables
that an earlier load of the first few has made, with an index wherever the yardstick has a key or an index. Forms:
- default: parsed bodies, and whatever dlt does with them by itself; a second load would have every row twice
- csv: parsed bodies, normalized by a process for each core and loaded as CSV, merged by the id of the killmail
- arrow: rows of killmails, attackers and items worked out by hand as columns of Arrow, loaded as CSV, merged by keys
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import dlt
import orjson
import pyarrow

FEW = 50
"""Bodies of the load that makes the tables."""
_CHUNK = 2_000

Bodies = list[bytes]


def _parsed(bodies: Bodies) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(bodies), _CHUNK):
        yield [orjson.loads(body) for body in bodies[at : at + _CHUNK]]


def _documents(bodies: Bodies) -> list[Any]:
    return [dlt.resource(_parsed(bodies), name="kills")]


def _merged_documents(bodies: Bodies) -> list[Any]:
    return [dlt.resource(_parsed(bodies), name="kills", **_merged_by("killmail_id"))]


def _tables(bodies: Bodies) -> list[Any]:
    return [
        dlt.resource(_columns(bodies, rows), name=name, **_merged_by(*key))
        for name, rows, key in (
            ("kills", _kills, ("killmail_id",)),
            ("attackers", _attackers, ("killmail_id", "attacker_index")),
            ("items", _items, ("killmail_id", "item_index")),
        )
    ]


def _merged_by(*key: str) -> dict[str, Any]:
    return {"primary_key": key, "write_disposition": {"disposition": "merge", "strategy": "upsert"}}


def _columns(bodies: Bodies, rows: Callable[[dict[str, Any]], Iterator[dict[str, Any]]]) -> Iterator[pyarrow.Table]:
    for kills in _parsed(bodies):
        yield pyarrow.Table.from_pylist([row for kill in kills for row in rows(kill)], schema=_SCHEMAS[rows])


def _kills(kill: dict[str, Any]) -> Iterator[dict[str, Any]]:
    victim = kill["victim"]
    yield {
        **{name: kill.get(name) for name in ("killmail_id", "killmail_hash", "killmail_time", "solar_system_id")},
        **{name: kill.get(name) for name in ("war_id", "moon_id")},
        **{name: victim.get(name) for name in _WHO},
        "ship_type_id": victim.get("ship_type_id"),
        "damage_taken": victim["damage_taken"],
        **(victim.get("position") or {}),
        "items": orjson.dumps(victim.get("items", [])).decode(),
    }


def _attackers(kill: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place, attacker in enumerate(kill["attackers"]):
        yield {"killmail_id": kill["killmail_id"], "attacker_index": place, **attacker}


def _items(kill: dict[str, Any]) -> Iterator[dict[str, Any]]:
    place = 0
    for item in kill["victim"].get("items", []):
        parent = place
        for one in (item, *item.get("items", [])):
            yield {
                **one,
                "killmail_id": kill["killmail_id"],
                "item_index": place,
                "parent_index": None if one is item else parent,
            }
            place += 1


_WHO = ("character_id", "corporation_id", "alliance_id", "faction_id")


def _schema(**types: str) -> pyarrow.Schema:
    return pyarrow.schema([(name, pyarrow.type_for_alias(kind)) for name, kind in types.items()])


_SCHEMAS = {
    _kills: _schema(
        killmail_id="int64",
        killmail_hash="string",
        killmail_time="string",
        solar_system_id="int64",
        war_id="int64",
        moon_id="int64",
        **dict.fromkeys(_WHO, "int64"),
        ship_type_id="int64",
        damage_taken="int64",
        x="float64",
        y="float64",
        z="float64",
        items="string",
    ),
    _attackers: _schema(
        killmail_id="int64",
        attacker_index="int64",
        **dict.fromkeys(_WHO, "int64"),
        ship_type_id="int64",
        weapon_type_id="int64",
        damage_done="int64",
        final_blow="bool",
        security_status="float64",
    ),
    _items: _schema(
        killmail_id="int64",
        item_index="int64",
        parent_index="int64",
        item_type_id="int64",
        flag="int64",
        singleton="int64",
        quantity_dropped="int64",
        quantity_destroyed="int64",
    ),
}

_ENTITIES = ("character_id", "corporation_id", "alliance_id")
_INDEXES_OF_DOCUMENTS = {
    "kills": (
        "killmail_id",
        "killmail_time",
        "solar_system_id, victim__position__x",
        *(f"victim__{name}" for name in _ENTITIES),
    ),
    "kills__attackers": ("_dlt_parent_id", *_ENTITIES),
    "kills__victim__items": ("_dlt_parent_id",),
}
_INDEXES_OF_TABLES = {
    "kills": ("killmail_id", "killmail_time", "solar_system_id, x", *_ENTITIES),
    "attackers": ("killmail_id, attacker_index", *_ENTITIES),
    "items": ("killmail_id, item_index",),
}

_WORKERS = {"NORMALIZE__WORKERS": str(os.cpu_count())}
_AS_CSV = {"loader_file_format": "csv"}


class Form(NamedTuple):
    """How bodies are given, the indexes of the tables by columns, settings of dlt, and options of the run."""

    resources: Callable[[Bodies], list[Any]]
    indexes: dict[str, tuple[str, ...]]
    settings: dict[str, str]
    options: dict[str, Any]


FORMS = {
    "default": Form(_documents, _INDEXES_OF_DOCUMENTS, {}, {}),
    "csv": Form(_merged_documents, _INDEXES_OF_DOCUMENTS, _WORKERS, _AS_CSV),
    "arrow": Form(_tables, _INDEXES_OF_TABLES, _WORKERS, _AS_CSV),
}


def main(name: str, path: Path, url: str) -> None:
    form = FORMS[name]
    os.environ.update(form.settings)
    pipeline = dlt.pipeline(f"bench_{name}", destination=dlt.destinations.postgres(url), dataset_name=f"dlt_{name}")
    bodies = path.read_bytes().splitlines()
    pipeline.run(form.resources(bodies[:FEW]), **form.options)
    with pipeline.sql_client() as client:
        for table, indexes in form.indexes.items():
            for columns in indexes:
                client.execute_sql(f"CREATE INDEX ON {client.make_qualified_table_name(table)} ({columns})")
    started = time.perf_counter()
    pipeline.run(form.resources(bodies[FEW:]), **form.options)
    print(time.perf_counter() - started)


if __name__ == "__main__":  # processes that normalize import this again
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
