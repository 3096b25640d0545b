"""Works out our own figures of killmails: prices by the days of the kills, static data once per process and build."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date

from sqlalchemy import Connection

from killmart.db.prices import changes_of, prices_on
from killmart.db.reference import find_latest_build, select_type_rows
from killmart.model.killmail import Killmail
from killmart.model.market import TOKEN, Price
from killmart.model.static_data import TypeTraits
from killmart.transform.decode import Decoded
from killmart.transform.own import Own, own_figures, types_of
from killmart.transform.traits import traits_of

KEPT_DAYS = 8
"""Days whose prices are in memory at once: some 10,000 types each, 2 MB."""

_traits: dict[tuple[str, int], TypeTraits] = {}
"""Warehouse and build of the static data to its traits; the latest one alone."""


class Appraiser:
    """Values killmails at prices and static data as it first saw them; without the latter it knows nothing of any.

    Prices are read in bulk, only those that are needed and once each. They are of the day or of before; `with_later`
    lets those of later days stand in, which a load does not do, since it would depend on which days came before it.
    """

    def __init__(self, connection: Connection, *, with_later: bool = False) -> None:
        self._with_later = with_later
        self.traits = _load_traits(connection)
        self._books: OrderedDict[date, _Book] = OrderedDict()
        self.priced_by: dict[date, str | None] = {}
        """Days at whose prices it valued: when these had changed last, as it saw them."""

    def figures(self, connection: Connection, kills: Sequence[Decoded]) -> list[Own | None]:
        """Our figures of each of these killmails, in their order; all None where there is no static data."""
        traits = self.traits
        if traits is None:
            return [None] * len(kills)
        self._read_prices(connection, kills, traits)
        figures: list[Own | None] = [
            own_figures(kill.killmail, kill.items, self._books[day_of(kill.killmail)].prices, traits) for kill in kills
        ]
        while len(self._books) > KEPT_DAYS:
            self._books.popitem(last=False)
        return figures

    def _read_prices(self, connection: Connection, kills: Sequence[Decoded], traits: TypeTraits) -> None:
        """Have the prices of everything in these killmails at hand."""
        wanted: dict[date, set[int]] = {}
        for kill in kills:
            wanted.setdefault(day_of(kill.killmail), set()).update(types_of(kill.killmail, kill.items))
        new = wanted.keys() - self.priced_by.keys()
        self.priced_by |= changes_of(connection, new)  # before the prices: what comes in between is noticed
        missing: list[tuple[int, date]] = []
        for day, types in wanted.items():
            book = self._books.setdefault(day, _Book())
            missing += [(one, day) for one in types - book.asked]
            book.asked |= types
            self._books.move_to_end(day)
        found = prices_on(connection, missing, with_later=self._with_later) if missing else {}
        found |= {(one, day): TOKEN for one, day in missing if one in traits.skins}
        for (type_id, day), price in found.items():
            self._books[day].prices[type_id] = price


@dataclass
class _Book:
    """The prices of a day that were asked for so far."""

    prices: dict[int, Price] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)


def day_of(killmail: Killmail) -> date:
    """The UTC day of a kill, at whose prices it is valued."""
    return killmail.killmail_time.astimezone(UTC).date()


def _load_traits(connection: Connection) -> TypeTraits | None:
    build = find_latest_build(connection)
    if build is None:
        return None
    key = (str(connection.engine.url), build)
    traits = _traits.get(key)
    if traits is None:
        traits = traits_of(build, select_type_rows(connection))
        _traits.clear()
        _traits[key] = traits
    return traits
