"""Rows of CCP's static data on their way from the export to the reference schema."""

from __future__ import annotations

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


Row = SolarSystem | Constellation | Region | Category | Group | Type | TypeAttribute
