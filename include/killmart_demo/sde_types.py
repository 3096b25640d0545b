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


class Group(NamedTuple):
    """A group with its types; the attributes are those of every type in it, None where they have none."""

    group_id: int
    name: str
    category_id: int
    type_ids: tuple[int, ...]
    meta_level: int | None = None
    heat_damage: float | None = None
    rig_size: int | None = None


GROUPS: tuple[Group, ...] = (
    Group(25, "Frigate", 6, (587, 593, 602, 603, 605, 608, 32880, 33468), 0, rig_size=SMALL),
    Group(26, "Cruiser", 6, (621, 626, 17715), 0, rig_size=MEDIUM),
    Group(27, "Battleship", 6, (17738, 47466), 4, rig_size=LARGE),
    Group(28, "Hauler", 6, (657,), 0, rig_size=MEDIUM),
    Group(29, "Capsule", 6, (670,)),
    Group(30, "Titan", 6, (11567,), 0, rig_size=CAPITAL),
    Group(31, "Shuttle", 6, (672,), 0),
    Group(237, "Corvette", 6, (588, 601, 606), 0),
    Group(358, "Heavy Assault Cruiser", 6, (11993, 12005, 12015), 5, rig_size=MEDIUM),
    Group(419, "Combat Battlecruiser", 6, (16227, 24698, 24702), 0, rig_size=MEDIUM),
    Group(420, "Destroyer", 6, (16240, 16242, 49710), 0, rig_size=SMALL),
    Group(463, "Mining Barge", 6, (17478, 17480), 0, rig_size=MEDIUM),
    Group(485, "Dreadnought", 6, (19720,), 0, rig_size=CAPITAL),
    Group(513, "Freighter", 6, (20183,), 0, rig_size=CAPITAL),
    Group(541, "Interdictor", 6, (22456,), 5, rig_size=SMALL),
    Group(547, "Carrier", 6, (23757,), 0, rig_size=CAPITAL),
    Group(831, "Interceptor", 6, (11176, 11198), 5, rig_size=SMALL),
    Group(900, "Marauder", 6, (28665,), 5, rig_size=LARGE),
    Group(963, "Strategic Cruiser", 6, (29990,), 5, rig_size=MEDIUM),
    Group(1305, "Tactical Destroyer", 6, (35683,), 5, rig_size=SMALL),
    Group(361, "Mobile Warp Disruptor", 22, (12198,), 0),
    Group(1250, "Mobile Tractor Unit", 22, (33475,), 1),
    Group(1025, "Orbital Infrastructure", 46, (2233,)),
    Group(1404, "Engineering Complex", 65, (35825,), rig_size=MEDIUM),
    Group(1657, "Citadel", 65, (35832, 35834), rig_size=CAPITAL),
    Group(38, "Shield Extender", 7, (3841,), 5),
    Group(46, "Propulsion Module", 7, (5973,), 1, heat_damage=19.0),
    Group(52, "Warp Scrambler", 7, (448, 3244), 5, heat_damage=5.0),
    Group(55, "Projectile Weapon", 7, (484, 2969), 5, heat_damage=2.4),
    Group(59, "Gyrostabilizer", 7, (519,), 5),
    Group(60, "Damage Control", 7, (2048,), 5),
    Group(65, "Stasis Web", 7, (527,), 5, heat_damage=5.0),
    Group(74, "Hybrid Weapon", 7, (3082, 3178), 5, heat_damage=1.0),
    Group(77, "Shield Hardener", 7, (2281,), 5, heat_damage=3.4),
    Group(302, "Magnetic Field Stabilizer", 7, (10190,), 5),
    Group(367, "Ballistic Control System", 7, (22291,), 5),
    Group(481, "Scan Probe Launcher", 7, (17938,), 0),
    Group(507, "Missile Launcher Rocket", 7, (10631,), 5, heat_damage=0.8),
    Group(509, "Missile Launcher Light", 7, (2404,), 5, heat_damage=3.2),
    Group(510, "Missile Launcher Heavy", 7, (2410,), 5, heat_damage=1.8),
    Group(511, "Missile Launcher Rapid Light", 7, (1877,), 5, heat_damage=1.4),
    Group(763, "Nanofiber Internal Structure", 7, (2605,), 5),
    Group(765, "Expanded Cargohold", 7, (1319,), 5),
    Group(773, "Rig Armor", 7, (31055,), 0, rig_size=MEDIUM),
    Group(774, "Rig Shield", 7, (31790,), 0, rig_size=MEDIUM),
    Group(781, "Rig Core", 7, (31366,), 5, rig_size=MEDIUM),
    Group(1199, "Ancillary Armor Repairer", 7, (33076,), 1, heat_damage=5.4),
    Group(83, "Projectile Ammo", 8, (21898,)),
    Group(85, "Hybrid Charge", 8, (222, 23009)),
    Group(87, "Capacitor Booster Charge", 8, (32006,)),
    Group(377, "Advanced Blaster Charge", 8, (12612,), 5),
    Group(384, "Light Missile", 8, (27361,), 2),
    Group(385, "Heavy Missile", 8, (209,), 0),
    Group(386, "Cruise Missile", 8, (203,), 0),
    Group(479, "Scanner Probe", 8, (30488,)),
    Group(655, "Advanced Heavy Missile", 8, (2629,), 5),
    Group(916, "Nanite Repair Paste", 8, (28668,)),
    Group(100, "Combat Drone", 18, (2185, 2205, 2456, 2488), 5),
    Group(300, "Cyberimplant", 20, (20499,), 9),
    Group(745, "Cyber Learning", 20, (9899, 10221)),
    Group(105, "Frigate Blueprint", 9, (684, 11187)),
    Group(12, "Cargo Container", 2, (3296, 3297)),
    Group(340, "Secure Cargo Container", 2, (3465,)),
    Group(1971, "Abyssal Hazards", 2, (47465,)),
    Group(18, "Mineral", 4, (34, 35)),
    Group(423, "Ice Product", 4, (16273,)),
    Group(1875, "PLEX", 5, (44992,)),
    Group(280, "General", 17, (41,)),
    Group(526, "Commodities", 17, (15331,)),
    Group(99, "Sentry Gun", 11, (1194, 3739, 3741)),
    Group(182, "Police Drone", 11, (9959, 9970, 9989)),
    Group(301, "Concord Drone", 11, (3885,)),
    Group(621, "Deadspace Sansha's Nation Battleship", 11, (24160,)),
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
