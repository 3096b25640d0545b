"""A hundred types of EVE with a rough price each: what the synthetic kills are made of.

Hand-written from common knowledge, not from CCP's data files; prices are of the right size, no more.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

HullKind = Literal[
    "capsule", "rookie", "shuttle", "frigate", "cruiser", "battleship", "hauler", "capital", "deployable", "structure"
]


class Hull(NamedTuple):
    """Something that can be lost: `weight` is its share among losses, `category_id` CCP's category."""

    type_id: int
    name: str
    price: float
    kind: HullKind
    weight: float
    category_id: int = 6


class PricedType(NamedTuple):
    """Something that can be in a ship; `price` in ISK."""

    type_id: int
    name: str
    price: float


HULLS: tuple[Hull, ...] = (
    Hull(670, "Capsule", 10_000, "capsule", 26.0),
    Hull(601, "Ibis", 9_500, "rookie", 1.7),
    Hull(588, "Reaper", 9_500, "rookie", 1.0),
    Hull(606, "Velator", 9_500, "rookie", 1.1),
    Hull(672, "Caldari Shuttle", 15_700, "shuttle", 0.6),
    Hull(587, "Rifter", 480_000, "frigate", 0.8),
    Hull(603, "Merlin", 520_000, "frigate", 1.2),
    Hull(605, "Heron", 430_000, "frigate", 3.0),
    Hull(608, "Atron", 410_000, "frigate", 1.5),
    Hull(602, "Kestrel", 450_000, "frigate", 1.2),
    Hull(593, "Tristan", 550_000, "frigate", 1.5),
    Hull(32880, "Venture", 640_000, "frigate", 3.6),
    Hull(16240, "Catalyst", 1_750_000, "frigate", 3.6),
    Hull(16242, "Thrasher", 1_900_000, "frigate", 2.1),
    Hull(33468, "Astero", 78_000_000, "frigate", 1.6),
    Hull(11198, "Stiletto", 26_000_000, "frigate", 1.3),
    Hull(11176, "Crow", 27_500_000, "frigate", 0.8),
    Hull(22456, "Sabre", 62_000_000, "frigate", 1.8),
    Hull(35683, "Hecate", 48_000_000, "frigate", 1.3),
    Hull(49710, "Kikimora", 41_000_000, "frigate", 1.3),
    Hull(626, "Vexor", 11_800_000, "cruiser", 2.3),
    Hull(621, "Caracal", 11_200_000, "cruiser", 2.1),
    Hull(12005, "Ishtar", 232_000_000, "cruiser", 1.7),
    Hull(12015, "Muninn", 241_000_000, "cruiser", 0.8),
    Hull(11993, "Cerberus", 248_000_000, "cruiser", 0.9),
    Hull(17715, "Gila", 258_000_000, "cruiser", 1.5),
    Hull(29990, "Loki", 185_000_000, "cruiser", 0.7),
    Hull(16227, "Ferox", 43_000_000, "battleship", 1.2),
    Hull(24698, "Drake", 46_500_000, "battleship", 1.4),
    Hull(24702, "Hurricane", 49_800_000, "battleship", 0.9),
    Hull(47466, "Praxis", 171_000_000, "battleship", 1.0),
    Hull(17738, "Machariel", 412_000_000, "battleship", 0.4),
    Hull(28665, "Vargur", 1_350_000_000, "battleship", 0.3),
    Hull(17478, "Retriever", 31_000_000, "hauler", 1.3),
    Hull(17480, "Procurer", 32_000_000, "hauler", 1.1),
    Hull(657, "Iteron Mark V", 2_600_000, "hauler", 1.0),
    Hull(20183, "Providence", 1_480_000_000, "hauler", 0.2),
    Hull(19720, "Revelation", 2_950_000_000, "capital", 0.15),
    Hull(23757, "Archon", 2_100_000_000, "capital", 0.1),
    Hull(11567, "Avatar", 92_000_000_000, "capital", 0.02),
)
UNMANNED: tuple[Hull, ...] = (
    Hull(672, "Caldari Shuttle", 15_700, "shuttle", 30.0),
    Hull(33475, "Mobile Tractor Unit", 9_400_000, "deployable", 10.0, 22),
    Hull(12198, "Mobile Small Warp Disruptor I", 4_700_000, "deployable", 25.0, 22),
    Hull(2233, "Customs Office", 118_000_000, "structure", 15.0, 46),
    Hull(35825, "Raitaru", 690_000_000, "structure", 10.0, 65),
    Hull(35832, "Astrahus", 1_020_000_000, "structure", 9.0, 65),
    Hull(35834, "Keepstar", 248_000_000_000, "structure", 0.3, 65),
)
"""What is lost without a character on board."""

WEAPONS: tuple[PricedType, ...] = (
    PricedType(3178, "Light Neutron Blaster II", 1_150_000),
    PricedType(1877, "Rapid Light Missile Launcher II", 2_050_000),
    PricedType(2410, "Heavy Missile Launcher II", 1_420_000),
    PricedType(2969, "720mm Howitzer Artillery II", 3_300_000),
    PricedType(3082, "250mm Railgun II", 2_600_000),
    PricedType(484, "125mm Gatling AutoCannon I", 18_500),
    PricedType(2404, "Light Missile Launcher II", 980_000),
    PricedType(10631, "Rocket Launcher II", 610_000),
)
CHARGES: tuple[PricedType, ...] = (
    PricedType(12612, "Void S", 620),
    PricedType(23009, "Caldari Navy Antimatter Charge S", 940.5),
    PricedType(21898, "Republic Fleet EMP S", 1_020.25),
    PricedType(27361, "Caldari Navy Scourge Light Missile", 742.1),
    PricedType(2629, "Scourge Fury Heavy Missile", 455.75),
    PricedType(222, "Antimatter Charge S", 10.97),
)
DRONES: tuple[PricedType, ...] = (
    PricedType(2456, "Hobgoblin II", 312_000),
    PricedType(2488, "Warrior II", 420_500.5),
    PricedType(2185, "Hammerhead II", 690_000),
    PricedType(2205, "Acolyte II", 385_000),
)
MEDIUM_MODULES: tuple[PricedType, ...] = (
    PricedType(448, "Warp Scrambler II", 1_870_000),
    PricedType(3244, "Warp Disruptor II", 1_540_000),
    PricedType(527, "Stasis Webifier II", 1_010_000),
    PricedType(3841, "Large Shield Extender II", 1_390_000),
    PricedType(5973, "5MN Y-T8 Compact Microwarpdrive", 96_400.4),
    PricedType(2281, "Multispectrum Shield Hardener II", 1_720_000),
)
LOW_MODULES: tuple[PricedType, ...] = (
    PricedType(2048, "Damage Control II", 612_000),
    PricedType(519, "Gyrostabilizer II", 905_000),
    PricedType(10190, "Magnetic Field Stabilizer II", 980_300),
    PricedType(22291, "Ballistic Control System II", 870_000),
    PricedType(2605, "Nanofiber Internal Structure II", 540_000),
    PricedType(1319, "Expanded Cargohold II", 560_000),
)
RIGS: tuple[PricedType, ...] = (
    PricedType(31790, "Medium Core Defense Field Extender I", 1_205_000),
    PricedType(31055, "Medium Trimark Armor Pump I", 980_000),
    PricedType(31366, "Medium Ancillary Current Router II", 24_300_000),
)
IMPLANTS: tuple[PricedType, ...] = (
    PricedType(9899, "Ocular Filter - Basic", 7_900_000),
    PricedType(10221, "Cybernetic Subprocessor - Standard", 18_400_000),
    PricedType(20499, "High-grade Amulet Alpha", 1_190_000_000),
)
CARGO: tuple[PricedType, ...] = (
    PricedType(15331, "Metal Scraps", 14_350.66),
    PricedType(28668, "Nanite Repair Paste", 21_300.3),
    PricedType(32006, "Navy Cap Booster 400", 28_800),
    PricedType(30488, "Sisters Core Scanner Probe", 742_000),
    PricedType(17938, "Core Probe Launcher I", 88_200.08),
    PricedType(34, "Tritanium", 4.12),
    PricedType(35, "Pyerite", 17.35),
    PricedType(41, "Garbage", 12.5),
    PricedType(16273, "Liquid Ozone", 113.01),
    PricedType(44992, "PLEX", 5_450_000),
    PricedType(33076, "Small Ancillary Armor Repairer", 1_250_000),
)
CONTAINERS: tuple[PricedType, ...] = (
    PricedType(3297, "Small Standard Container", 19_000),
    PricedType(3296, "Large Standard Container", 74_000),
    PricedType(3465, "Large Secure Container", 98_000.5),
)
BLUEPRINTS: tuple[PricedType, ...] = (
    PricedType(684, "Condor Blueprint", 2_850_000),
    PricedType(11187, "Malediction Blueprint", 1_000_000),
)

_ITEMS: tuple[PricedType, ...] = (
    *WEAPONS,
    *CHARGES,
    *DRONES,
    *MEDIUM_MODULES,
    *LOW_MODULES,
    *RIGS,
    *IMPLANTS,
    *CARGO,
    *CONTAINERS,
    *BLUEPRINTS,
)
HULL_BY_ID: dict[int, Hull] = {hull.type_id: hull for hull in (*HULLS, *UNMANNED)}
BY_ID: dict[int, Hull | PricedType] = {**{item.type_id: item for item in _ITEMS}, **HULL_BY_ID}


def price_cents(type_id: int) -> int:
    """Price of one piece in hundredths of an ISK; a type outside the table gets a price worked out from its id."""
    entry = BY_ID.get(type_id)
    if entry is not None:
        return round(entry.price * 100)
    return 1_000 + type_id * 2_654_435_761 % 2**32 % 500_000_000
