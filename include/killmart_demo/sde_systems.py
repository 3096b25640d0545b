"""The solar systems of the simulated static data: 8,000 of them, for ever the same.

A few that everybody knows have their own names and ids; the rest is made up from the id alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

KNOWN_SPACE, WORMHOLES, ABYSS = 30_000_001, 31_000_001, 32_000_001
"""First id of each kind of space."""
_COUNTS = {KNOWN_SPACE: 5_332, WORMHOLES: 2_604, ABYSS: 200}
_FIRST_CONSTELLATION = {KNOWN_SPACE: 20_000_001, WORMHOLES: 21_000_001, ABYSS: 22_000_001}
_FIRST_REGION = {KNOWN_SPACE: 10_000_001, WORMHOLES: 11_000_001, ABYSS: 12_000_001}
_PER_CONSTELLATION, _PER_REGION = 7, 11

_FAMOUS = {
    30_000_142: ("Jita", 0.9459),
    30_002_053: ("Hek", 0.4833),
    30_002_187: ("Amarr", 1.0),
    30_002_510: ("Rens", 0.8976),
    30_002_659: ("Dodixie", 0.8666),
    30_002_813: ("Tama", 0.2980),
}
_FAMOUS_REGIONS = {10_000_002: "The Forge"}
_STARTS = [
    "Ama",
    "Are",
    "Bala",
    "Cho",
    "Dera",
    "Eno",
    "Fri",
    "Gal",
    "Hara",
    "Iso",
    "Jovi",
    "Kado",
    "Lia",
    "Mara",
    "Nen",
    "Oto",
    "Peri",
    "Ras",
    "Sai",
    "Tau",
    "Uru",
    "Vel",
    "Yria",
    "Zor",
]
_MIDDLES = ("", "ka", "li", "mo", "na", "ri", "sho", "ta", "vu")
_ENDS = ["bar", "dan", "don", "is", "kin", "la", "mer", "nen", "on", "ra", "ria", "shi", "tar", "tola", "ven", "x"]
_CODE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class System(NamedTuple):
    """A solar system; `security` is the true one, positions are metres."""

    system_id: int
    name: str
    constellation_id: int
    region_id: int
    security: float
    position: tuple[float, float, float]


@lru_cache(maxsize=1)
def systems() -> dict[int, System]:
    """Every system by its id."""
    return {system.system_id: system for first, count in _COUNTS.items() for system in _space(first, range(count))}


def constellation_name(constellation_id: int) -> str:
    """Name of a constellation."""
    return _code(constellation_id) if constellation_id % 3 else _word(constellation_id)


def region_name(region_id: int) -> str:
    """Name of a region."""
    return (
        _FAMOUS_REGIONS.get(region_id) or f"{_word(region_id)} {('Expanse', 'Reach', 'Rim', 'Depths')[region_id % 4]}"
    )


def _space(first: int, indices: range) -> Iterator[System]:
    for index in indices:
        system_id = first + index
        constellation = index // _PER_CONSTELLATION
        rng = random.Random(f"system:{system_id}")
        name, security = _FAMOUS.get(system_id) or _nature(system_id, first, rng)
        position = (rng.gauss(0, 1.4e17), rng.gauss(0, 4e16), rng.gauss(0, 1.4e17))
        yield System(
            system_id,
            name,
            _FIRST_CONSTELLATION[first] + constellation,
            _FIRST_REGION[first] + constellation // _PER_REGION,
            security,
            position,
        )


def _nature(system_id: int, first: int, rng: random.Random) -> tuple[str, float]:
    """(name, security) of a system that nobody knows by heart."""
    if first == WORMHOLES:
        return f"J{100_000 + system_id * 7_919 % 150_000}", -0.99
    if first == ABYSS:
        return f"AD{system_id - ABYSS + 1:03d}", -1.0
    security = round(rng.uniform(-1.0, 1.0), 6)
    return (_word(system_id) if security > 0 else _code(system_id)), security


def _word(seed: int) -> str:
    rng = random.Random(f"word:{seed}")
    return rng.choice(_STARTS) + rng.choice(_MIDDLES) + rng.choice(_ENDS)


def _code(seed: int) -> str:
    """As null security systems are named: `1-SMEB`."""
    rng = random.Random(f"code:{seed}")
    text = "".join(rng.choices(_CODE, k=5))
    split = rng.randrange(1, 5)
    return f"{text[:split]}-{text[split:]}"
