"""What types cost: EVE Ref's market history of a day, and ESI's prices of now.

Prices waver by 2 % around those that the zkb blocks are worked out from. Of what is no ship, structure or deployable,
some types are not traded on some days, and some have an empty average or one of zero.
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from killmart_demo.config import SimulatorConfig
from killmart_demo.esi import has_date
from killmart_demo.everef import InPieces, everef_refusal
from killmart_demo.everef_archive import ArchiveFile, written_at
from killmart_demo.history import day_named
from killmart_demo.sde_tables import categories_of_types
from killmart_demo.state import SimulatorState
from killmart_demo.type_table import BY_ID, price_cents

FIRST_PRICES = date(2003, 10, 1)
THE_FORGE, DOMAIN = 10_000_002, 10_000_043
HEADER = "average,date,highest,lowest,order_count,volume,http_last_modified,region_id,type_id"
_ALWAYS_TRADED = frozenset((6, 22, 46, 65))
"""Categories of what can be lost."""
_GAPS, _EMPTY, _ZERO = 20, 25, 30
"""Of 1,000 types a day: not traded, then without an average, then with one of zero."""


class Market:
    """The prices of every type that this simulator's killmails and static data name."""

    def __init__(self, config: SimulatorConfig) -> None:
        categories = categories_of_types(config.sde)
        self._steady = {one for one, category in categories.items() if category in _ALWAYS_TRADED}
        self.types = sorted(categories.keys() | BY_ID.keys())

    def cents(self, type_id: int, day: date) -> int | None:
        """The average of a type on a day in hundredths of an ISK; 0 and -1 for zero and empty ones, None for a gap."""
        drawn = (type_id * 2_654_435_761 + day.toordinal() * 2_246_822_519) % 2**32
        fate = drawn // 4_096 % 1_000
        if type_id not in self._steady and fate < _ZERO:
            return None if fate < _GAPS else -1 if fate < _EMPTY else 0
        return max(1, round(price_cents(type_id) * (0.98 + 0.04 * drawn / 2**32)))

    def history(self, day: date) -> bytes:
        """The rows of a day, of two regions, as EVE Ref has them."""
        return "\n".join((HEADER, *self._rows(day), "")).encode()

    def _rows(self, day: date) -> Iterator[str]:
        seen_at = f"{day + timedelta(days=1)}T04:12:00Z"
        for type_id in self.types:
            cents = self.cents(type_id, day)
            if cents is not None:
                average = "" if cents < 0 else f"{cents / 100:.2f}"
                yield f"{average},{day},{average},{average},7,90,{seen_at},{THE_FORGE},{type_id}"
            if type_id % 5 == 0:
                yield f"{price_cents(type_id) / 50:.2f},{day},9.0,1.0,3,40,{seen_at},{DOMAIN},{type_id}"

    def now(self, day: date) -> list[dict[str, Any]]:
        """ESI's prices on a day; where there is no average, the key is missing."""
        found = []
        for type_id in self.types:
            cents = self.cents(type_id, day)
            if cents is not None:
                average = {} if cents < 0 else {"average_price": cents / 100}
                found.append({"adjusted_price": price_cents(type_id) / 100, "type_id": type_id, **average})
        return found


def market_router(state: SimulatorState) -> APIRouter:
    """The market history of EVE Ref, to be mounted under its prefix."""
    router = APIRouter()

    @cache
    def market() -> Market:
        return Market(state.config)

    @lru_cache(maxsize=4)
    def packed(day: date) -> bytes:
        return bz2.compress(market().history(day))

    @router.api_route("/market-history/{year}/market-history-{name}.csv.bz2", methods=["GET", "HEAD"])
    async def read_history(year: str, name: str) -> Response:
        """The prices of a day that is over; 404 for others."""
        if refused := await everef_refusal(state):
            return refused
        day = day_named(name, "%Y-%m-%d")
        yesterday = _today(state.config) - timedelta(days=1)
        if day is None or year != f"{day:%Y}" or not FIRST_PRICES <= day <= yesterday:
            return Response(status_code=404)
        damage = state.days.options.damage_of(day)
        if "prices_missing" in damage:
            return Response(status_code=404)
        content = await run_in_threadpool(packed, day)
        file = ArchiveFile(content[: len(content) // 2] if "prices_truncated" in damage else content, written_at(day))
        headers = {"ETag": file.etag, "Last-Modified": file.last_modified}
        return InPieces(file.content, media_type="application/x-bzip2", headers=headers)

    return router


def prices_router(state: SimulatorState) -> APIRouter:
    """ESI's prices, to be mounted under the prefix of ESI."""
    router = APIRouter()

    @lru_cache(maxsize=2)
    def prices(day: date) -> bytes:
        return msgspec.json.encode(Market(state.config).now(day))

    @router.get("/markets/prices")
    @router.get("/markets/prices/")
    async def read_prices(request: Request) -> Response:
        """Average and adjusted price of every type, as they are now."""
        if not has_date(request):
            return Response(b'{"error":"Missing or invalid X-Compatibility-Date header"}', 400)
        content = await run_in_threadpool(prices, _today(state.config))
        headers = {"Cache-Control": "public, max-age=3600", "X-ESI-Error-Limit-Remain": "100"}
        return Response(content, media_type="application/json", headers=headers | {"X-ESI-Error-Limit-Reset": "60"})

    return router


def _today(config: SimulatorConfig) -> date:
    return datetime.fromtimestamp(config.now(), UTC).date()
