"""Rows of CCP's static data on their way from the export to the reference schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Build(NamedTuple):
    """One build of the static data, as CCP numbers them."""

    number: int
    released_at: datetime | None


class SolarSystem(NamedTuple):
    """A solar system; positions are metres in the universe."""

    system_id: int
    name: str
    constellation_id: int | None
    region_id: int | None
    security: float | None
    security_class: str | None
    x: float | None
    y: float | None
    z: float | None


class Constellation(NamedTuple):
    """A constellation's name."""

    constellation_id: int
    name: str


class Region(NamedTuple):
    """A region's name."""

    region_id: int
    name: str


class Category(NamedTuple):
    """A category of groups."""

    category_id: int
    name: str


class Group(NamedTuple):
    """A group of types."""

    group_id: int
    name: str
    category_id: int | None


class Type(NamedTuple):
    """A type, without its attributes."""

    type_id: int
    name: str
    group_id: int | None


class TypeAttribute(NamedTuple):
    """One attribute of a type."""

    type_id: int
    attribute_id: int
    value: float


StaticRow = SolarSystem | Constellation | Region | Category | Group | Type | TypeAttribute


class TypeRow(NamedTuple):
    """A type as reference has it, with its category."""

    type_id: int
    group_id: int
    category_id: int
    meta_level: int | None
    heat_damage: float | None
    rig_size: int | None


@dataclass(frozen=True, slots=True)
class TypeTraits:
    """What points, flags and values need to know of the types; one that is named nowhere here is a plain one."""

    build_number: int
    rig_sizes: Mapping[int, int]
    """Rig size of the types where it is above 1."""
    dangers: Mapping[int, int]
    """Danger of one fitted module, where it is not 0."""
    capsules: frozenset[int]
    structures: frozenset[int]
    duellists: frozenset[int]
    """Ships that can be lost to one player alone: not capsules, shuttles and rookie ships."""
    skins: frozenset[int]
