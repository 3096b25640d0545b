"""Group, category and the three attributes of every type in the simulated static data.

Hand-written from common knowledge, like the table of types: right in kind, no more.
"""

from __future__ import annotations

from typing import NamedTuple

from killmart_demo.type_table import BY_ID

META_LEVEL, HEAT_DAMAGE, RIG_SIZE = 633, 1211, 1547
"""Ids of the attributes that anybody here asks for."""
SMALL, MEDIUM, LARGE, CAPITAL = 1, 2, 3, 4
"""Rig sizes."""

CATEGORIES = {
    2: "Celestial",
    4: "Material",
    5: "Accessories",
    6: "Ship",
    7: "Module",
    8: "Charge",
    9: "Blueprint",
    11: "Entity",
    17: "Commodity",
    18: "Drone",
    20: "Implant",
    22: "Deployable",
    46: "Orbitals",
    65: "Structure",
}


class TypeGroup(NamedTuple):
    """A group with its types; the attributes are those of every type in it, None where they have none."""

    group_id: int
    name: str
    category_id: int
    type_ids: tuple[int, ...]
    meta_level: int | None = None
    heat_damage: float | None = None
    rig_size: int | None = None


GROUPS: tuple[TypeGroup, ...] = (
    TypeGroup(25, "Frigate", 6, (587, 593, 602, 603, 605, 608, 32880, 33468), 0, rig_size=SMALL),
    TypeGroup(26, "Cruiser", 6, (621, 626, 17715), 0, rig_size=MEDIUM),
    TypeGroup(27, "Battleship", 6, (17738, 47466), 4, rig_size=LARGE),
    TypeGroup(28, "Hauler", 6, (657,), 0, rig_size=MEDIUM),
    TypeGroup(29, "Capsule", 6, (670,)),
    TypeGroup(30, "Titan", 6, (11567,), 0, rig_size=CAPITAL),
    TypeGroup(31, "Shuttle", 6, (672,), 0),
    TypeGroup(237, "Corvette", 6, (588, 601, 606), 0),
    TypeGroup(358, "Heavy Assault Cruiser", 6, (11993, 12005, 12015), 5, rig_size=MEDIUM),
    TypeGroup(419, "Combat Battlecruiser", 6, (16227, 24698, 24702), 0, rig_size=MEDIUM),
    TypeGroup(420, "Destroyer", 6, (16240, 16242, 49710), 0, rig_size=SMALL),
    TypeGroup(463, "Mining Barge", 6, (17478, 17480), 0, rig_size=MEDIUM),
    TypeGroup(485, "Dreadnought", 6, (19720,), 0, rig_size=CAPITAL),
    TypeGroup(513, "Freighter", 6, (20183,), 0, rig_size=CAPITAL),
    TypeGroup(541, "Interdictor", 6, (22456,), 5, rig_size=SMALL),
    TypeGroup(547, "Carrier", 6, (23757,), 0, rig_size=CAPITAL),
    TypeGroup(831, "Interceptor", 6, (11176, 11198), 5, rig_size=SMALL),
    TypeGroup(900, "Marauder", 6, (28665,), 5, rig_size=LARGE),
    TypeGroup(963, "Strategic Cruiser", 6, (29990,), 5, rig_size=MEDIUM),
    TypeGroup(1305, "Tactical Destroyer", 6, (35683,), 5, rig_size=SMALL),
    TypeGroup(361, "Mobile Warp Disruptor", 22, (12198,), 0),
    TypeGroup(1250, "Mobile Tractor Unit", 22, (33475,), 1),
    TypeGroup(1025, "Orbital Infrastructure", 46, (2233,)),
    TypeGroup(1404, "Engineering Complex", 65, (35825,), rig_size=MEDIUM),
    TypeGroup(1657, "Citadel", 65, (35832, 35834), rig_size=CAPITAL),
    TypeGroup(38, "Shield Extender", 7, (3841,), 5),
    TypeGroup(46, "Propulsion Module", 7, (5973,), 1, heat_damage=19.0),
    TypeGroup(52, "Warp Scrambler", 7, (448, 3244), 5, heat_damage=5.0),
    TypeGroup(55, "Projectile Weapon", 7, (484, 2969), 5, heat_damage=2.4),
    TypeGroup(59, "Gyrostabilizer", 7, (519,), 5),
    TypeGroup(60, "Damage Control", 7, (2048,), 5),
    TypeGroup(65, "Stasis Web", 7, (527,), 5, heat_damage=5.0),
    TypeGroup(74, "Hybrid Weapon", 7, (3082, 3178), 5, heat_damage=1.0),
    TypeGroup(77, "Shield Hardener", 7, (2281,), 5, heat_damage=3.4),
    TypeGroup(302, "Magnetic Field Stabilizer", 7, (10190,), 5),
    TypeGroup(367, "Ballistic Control System", 7, (22291,), 5),
    TypeGroup(481, "Scan Probe Launcher", 7, (17938,), 0),
    TypeGroup(507, "Missile Launcher Rocket", 7, (10631,), 5, heat_damage=0.8),
    TypeGroup(509, "Missile Launcher Light", 7, (2404,), 5, heat_damage=3.2),
    TypeGroup(510, "Missile Launcher Heavy", 7, (2410,), 5, heat_damage=1.8),
    TypeGroup(511, "Missile Launcher Rapid Light", 7, (1877,), 5, heat_damage=1.4),
    TypeGroup(763, "Nanofiber Internal Structure", 7, (2605,), 5),
    TypeGroup(765, "Expanded Cargohold", 7, (1319,), 5),
    TypeGroup(773, "Rig Armor", 7, (31055,), 0, rig_size=MEDIUM),
    TypeGroup(774, "Rig Shield", 7, (31790,), 0, rig_size=MEDIUM),
    TypeGroup(781, "Rig Core", 7, (31366,), 5, rig_size=MEDIUM),
    TypeGroup(1199, "Ancillary Armor Repairer", 7, (33076,), 1, heat_damage=5.4),
    TypeGroup(83, "Projectile Ammo", 8, (21898,)),
    TypeGroup(85, "Hybrid Charge", 8, (222, 23009)),
    TypeGroup(87, "Capacitor Booster Charge", 8, (32006,)),
    TypeGroup(377, "Advanced Blaster Charge", 8, (12612,), 5),
    TypeGroup(384, "Light Missile", 8, (27361,), 2),
    TypeGroup(385, "Heavy Missile", 8, (209,), 0),
    TypeGroup(386, "Cruise Missile", 8, (203,), 0),
    TypeGroup(479, "Scanner Probe", 8, (30488,)),
    TypeGroup(655, "Advanced Heavy Missile", 8, (2629,), 5),
    TypeGroup(916, "Nanite Repair Paste", 8, (28668,)),
    TypeGroup(100, "Combat Drone", 18, (2185, 2205, 2456, 2488), 5),
    TypeGroup(300, "Cyberimplant", 20, (20499,), 9),
    TypeGroup(745, "Cyber Learning", 20, (9899, 10221)),
    TypeGroup(105, "Frigate Blueprint", 9, (684, 11187)),
    TypeGroup(12, "Cargo Container", 2, (3296, 3297)),
    TypeGroup(340, "Secure Cargo Container", 2, (3465,)),
    TypeGroup(1971, "Abyssal Hazards", 2, (47465,)),
    TypeGroup(18, "Mineral", 4, (34, 35)),
    TypeGroup(423, "Ice Product", 4, (16273,)),
    TypeGroup(1875, "PLEX", 5, (44992,)),
    TypeGroup(280, "General", 17, (41,)),
    TypeGroup(526, "Commodities", 17, (15331,)),
    TypeGroup(99, "Sentry Gun", 11, (1194, 3739, 3741)),
    TypeGroup(182, "Police Drone", 11, (9959, 9970, 9989)),
    TypeGroup(301, "Concord Drone", 11, (3885,)),
    TypeGroup(621, "Deadspace Sansha's Nation Battleship", 11, (24160,)),
)

_NPC_NAMES = {
    203: "Scourge Cruise Missile",
    209: "Scourge Heavy Missile",
    1194: "Amarr Sentry Gun",
    3739: "Caldari Sentry Gun III",
    3741: "Caldari Sentry Gun II",
    3885: "CONCORD Police Captain",
    9959: "Amarr Surveillance Officer",
    9970: "Caldari Police 3rd Lieutenant",
    9989: "Minmatar Security Officer 3rd Rank",
    24160: "Centus Tyrant",
    47465: "Unstable Abyssal Depths",
}


def type_name(type_id: int) -> str:
    """Name of a type that the synthetic universe knows."""
    entry = BY_ID.get(type_id)
    return entry.name if entry is not None else _NPC_NAMES[type_id]
