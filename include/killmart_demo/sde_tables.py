"""The tables of the static data export as lines of CCP's shape, generated or from a folder of CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from killmart.errors import KillmartError
from killmart_demo.sde_systems import constellation_name, region_name, systems
from killmart_demo.sde_types import CATEGORIES, GROUPS, HEAT_DAMAGE, META_LEVEL, RIG_SIZE, type_name

Line = dict[str, Any]
Tables = dict[str, list[Line]]
"""{file name without `.jsonl`: its lines}."""

_CSV_ATTRIBUTES = {
    "attr633_meta_level": META_LEVEL,
    "attr1211_heat_damage": HEAT_DAMAGE,
    "attr1547_rig_size": RIG_SIZE,
}


def generated_tables() -> Tables:
    """What the synthetic universe is made of: every system and type that its kills can name."""
    return {
        "mapSolarSystems": [
            {
                "_key": system.system_id,
                "constellationID": system.constellation_id,
                "name": _name(system.name),
                "position": dict(zip("xyz", system.position, strict=True)),
                "regionID": system.region_id,
                "securityClass": "ABCDEFGHIJ"[system.system_id % 10],
                "securityStatus": system.security,
            }
            for system in systems().values()
        ],
        "mapConstellations": [
            {"_key": key, "name": _name(constellation_name(key))}
            for key in sorted({system.constellation_id for system in systems().values()})
        ],
        "mapRegions": [
            {"_key": key, "name": _name(region_name(key))}
            for key in sorted({system.region_id for system in systems().values()})
        ],
        "categories": [{"_key": key, "name": _name(name), "published": key != 11} for key, name in CATEGORIES.items()],
        "groups": [
            {"_key": group.group_id, "categoryID": group.category_id, "name": _name(group.name), "published": True}
            for group in GROUPS
        ],
        "types": [
            {"_key": key, "groupID": group.group_id, "name": _name(type_name(key)), "published": True}
            for group in GROUPS
            for key in group.type_ids
        ],
        "typeDogma": _generated_dogma(),
    }


def csv_tables(folder: Path) -> Tables:
    """The same from `solar_systems.csv`, `types.csv`, `groups.csv` and `categories.csv` of a folder.

    Raises KillmartError naming the file that is missing or has other columns.
    """
    try:
        solar_systems, types = list(_rows(folder, "solar_systems")), list(_rows(folder, "types"))
        return {
            "mapSolarSystems": [_csv_system(row) for row in solar_systems],
            "mapConstellations": _parents(solar_systems, "constellation"),
            "mapRegions": _parents(solar_systems, "region"),
            "categories": [
                {"_key": int(row["category_id"]), "name": _name(row["name"])} for row in _rows(folder, "categories")
            ],
            "groups": [
                {"_key": int(row["group_id"]), "categoryID": int(row["category_id"]), "name": _name(row["name"])}
                for row in _rows(folder, "groups")
            ],
            "types": [
                {"_key": int(row["type_id"]), "groupID": int(row["group_id"]), "name": _name(row["name"])}
                for row in types
            ],
            "typeDogma": _dogma((int(row["type_id"]), _csv_attributes(row)) for row in types),
        }
    except (OSError, KeyError, ValueError) as error:
        raise KillmartError(
            f"The static data in {folder} cannot be read ({type(error).__name__}: {error}); name a folder with "
            "solar_systems.csv, types.csv, groups.csv and categories.csv."
        ) from error


def categories_of_types(folder: Path | None) -> dict[int, int]:
    """The category of every type, of those generated or of `types.csv` and `groups.csv` of a folder.

    Raises KillmartError where they cannot be read.
    """
    if folder is None:
        return {type_id: group.category_id for group in GROUPS for type_id in group.type_ids}
    try:
        groups = {int(row["group_id"]): int(row["category_id"]) for row in _rows(folder, "groups")}
        return {int(row["type_id"]): groups[int(row["group_id"])] for row in _rows(folder, "types")}
    except (OSError, KeyError, ValueError) as error:
        raise KillmartError(f"The types in {folder} cannot be read ({type(error).__name__}: {error}).") from error


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _csv_system(row: dict[str, str]) -> Line:
    return {
        "_key": int(row["solar_system_id"]),
        "constellationID": int(row["constellation_id"]),
        "name": _name(row["name"]),
        "position": {axis: float(row[axis]) for axis in "xyz"},
        "regionID": int(row["region_id"]),
        "securityStatus": float(row["security_status"]),
    } | ({"securityClass": row["security_class"]} if row["security_class"] else {})


def _parents(rows: list[dict[str, str]], kind: str) -> list[Line]:
    names = {int(row[f"{kind}_id"]): row[f"{kind}_name"] for row in rows}
    return [{"_key": key, "name": _name(name)} for key, name in sorted(names.items())]


def _csv_attributes(row: dict[str, str]) -> dict[int, float | None]:
    return {attribute: float(row[column]) if row[column] else None for column, attribute in _CSV_ATTRIBUTES.items()}


def _generated_dogma() -> list[Line]:
    return _dogma(
        (key, {META_LEVEL: group.meta_level, HEAT_DAMAGE: group.heat_damage, RIG_SIZE: group.rig_size})
        for group in GROUPS
        for key in group.type_ids
    )


def _dogma(types: Iterator[tuple[int, dict[int, float | None]]]) -> list[Line]:
    """Only types that have an attribute have a line; 4 (mass) is one that nobody here asks for."""
    return [
        {
            "_key": key,
            "dogmaAttributes": [
                {"attributeID": attribute, "value": float(value)} for attribute, value in ((4, 1.0), *given)
            ],
            "dogmaEffects": [],
        }
        for key, attributes in types
        if (given := [(attribute, value) for attribute, value in attributes.items() if value is not None])
    ]


def _name(text: str) -> dict[str, str]:
    return {"de": f"{text} (de)", "en": text}
