"""Points and flags of real killmails against what zKillboard says of them, with every difference written down.

docs/values.md has the table; a test holds it against what is found here.
"""

from __future__ import annotations

import json
import re

import pytest

from killmart.config.settings import PROJECT
from killmart.model.killmail import hash_of
from killmart.model.market import price_of
from killmart.model.static_data import TypeRow, TypeTraits
from killmart.transform.decode import Decoded, reduced_to_known_fields
from killmart.transform.decode import decode as decode_body
from killmart.transform.own import Own
from killmart.transform.own import own_figures as figures_of
from killmart.transform.traits import traits_of
from support import own_figures, realdata
from support.pipeline import NOW

FIGURES = ("points", "npc", "solo", "awox")
pytestmark = realdata.needs_realdata


@pytest.fixture(scope="module")
def types() -> dict[int, own_figures.Type]:
    return own_figures.types_in(realdata.DATA / "sde")


@pytest.fixture(scope="module")
def traits(types: dict[int, own_figures.Type]) -> TypeTraits:
    return traits_of(
        1,
        [
            TypeRow(
                one,
                kind.group,
                kind.category,
                None if kind.meta is None else int(kind.meta),
                kind.heat,
                None if kind.rig is None else int(kind.rig),
            )
            for one, kind in types.items()
        ],
    )


def with_bodies() -> list[realdata.ZkbPackage]:
    return [package for package in realdata.zkb_packages() if package.body is not None]


def decoded(package: realdata.ZkbPackage) -> Decoded:
    body, _ = reduced_to_known_fields(json.dumps(package.body).encode())
    return decode_body(body, package.killmail_id, package.killmail_hash, NOW)


def ours(package: realdata.ZkbPackage, traits: TypeTraits) -> Own:
    found = decoded(package)
    return figures_of(found.killmail, found.items, {}, traits)


def differences(traits: TypeTraits) -> set[tuple[int, str]]:
    """(killmail, figure) where ours is not zKillboard's, of those that it gives."""
    return {
        (package.killmail_id, name)
        for package in with_bodies()
        for name in FIGURES
        if package.zkb.get(name) is not None and package.zkb[name] != getattr(ours(package, traits), name)
    }


def test_the_figures_of_the_packages_are_zkillboards_but_for_what_is_written_down(traits: TypeTraits) -> None:
    table = (PROJECT / "docs" / "values.md").read_text()
    written = {(int(one), name) for one, name in re.findall(r"^\| (\d+) \| (points|npc|solo|awox) \|", table, re.M)}
    assert differences(traits) == written
    compared = [package for package in with_bodies() if package.zkb.get("points") is not None]
    without_body = [package for package in realdata.zkb_packages() if package.body is None]
    assert (len(with_bodies()), len(compared), len(without_body)) == (9, 8, 4)
    assert (
        f"{len(with_bodies())} of the 13 packages have a body, and {len(compared)} of these points and flags" in table
    )


def test_the_figures_are_those_of_the_independent_computation(
    traits: TypeTraits, types: dict[int, own_figures.Type]
) -> None:
    for package in with_bodies():
        found, body = ours(package, traits), package.body
        assert body is not None
        assert found.points == own_figures.points(body, types)
        assert {name: getattr(found, name) for name in ("npc", "solo", "awox")} == own_figures.flags(body, types)
        assert hash_of(decoded(package).killmail) == package.killmail_hash


def test_capsules_of_zkillboard_cost_what_they_cost_and_sums_add_up(traits: TypeTraits) -> None:
    """zKillboard values an empty capsule at 10,000 ISK: with that price our rule gives its three values."""
    capsules = [one for one in with_bodies() if one.body and one.body["victim"]["ship_type_id"] == 670]
    checked = 0
    for package in capsules:
        found = decoded(package)
        own = figures_of(found.killmail, found.items, {670: price_of(1_000_000)}, traits)
        if not found.items and package.zkb.get("totalValue") is not None:
            assert own.value is not None
            assert own.value.total == package.zkb["totalValue"] * 100
            assert (own.value.dropped, own.value.destroyed) == (0, own.value.total)
            checked += 1
    assert checked == 2
    for package in with_bodies():
        if package.zkb.get("totalValue") is not None:
            total = package.zkb["droppedValue"] + package.zkb["destroyedValue"]
            assert total == pytest.approx(package.zkb["totalValue"], abs=0.02)
