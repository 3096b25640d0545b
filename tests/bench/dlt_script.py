"""Loads bodies with dlt, in an environment that has dlt and nothing of ours: `python -P dlt_script.py FORM BODIES URL`.

BODIES is a file with a body a line. Prints the seconds from the bodies in memory to the end of the load, into tables
that an earlier load of the first few has made. Forms:
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
from typing import Any

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


def _documents(bodies: Bodies, is_merged: bool) -> list[Any]:
    return [dlt.resource(_parsed(bodies), name="kills", **(_merged_by("killmail_id") if is_merged else {}))]


def _tables(bodies: Bodies, is_merged: bool) -> list[Any]:
    return [
        dlt.resource(_columns(bodies, rows), name=name, **(_merged_by(*key) if is_merged else {}))
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

_WORKERS = {"NORMALIZE__WORKERS": str(os.cpu_count())}
_AS_CSV = {"loader_file_format": "csv"}
FORMS: dict[str, tuple[Callable[[Bodies, bool], list[Any]], bool, dict[str, str], dict[str, Any]]] = {
    "default": (_documents, False, {}, {}),
    "csv": (_documents, True, _WORKERS, _AS_CSV),
    "arrow": (_tables, True, _WORKERS, _AS_CSV),
}
"""How bodies are given, whether they are merged, settings of dlt, and options of the run."""


def main(form: str, path: Path, url: str) -> None:
    resources, is_merged, settings, options = FORMS[form]
    os.environ.update(settings)
    pipeline = dlt.pipeline(f"bench_{form}", destination=dlt.destinations.postgres(url), dataset_name=f"dlt_{form}")
    bodies = path.read_bytes().splitlines()
    pipeline.run(resources(bodies[:FEW], is_merged), **options)
    started = time.perf_counter()
    pipeline.run(resources(bodies[FEW:], is_merged), **options)
    print(time.perf_counter() - started)


if __name__ == "__main__":  # processes that normalize import this again
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
