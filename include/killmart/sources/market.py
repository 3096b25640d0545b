"""What types cost: EVE Ref's market history of The Forge for days that are over, ESI's prices for today.

Facts: a file of a day has every region's rows, `average,date,highest,lowest,order_count,volume,http_last_modified,
region_id,type_id`, about a megabyte packed; empty and zero averages occur. ESI gives averages of all of EVE, as they
are now and without history; it keeps them for an hour.
"""

from __future__ import annotations

import csv
import io
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec
import requests

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.market import DayPrices
from killmart.sources.bounds import LARGEST_BODY, LARGEST_PRICES, TooLargeError, megabytes, refuse_many, unbzipped
from killmart.sources.esi import HEADERS, NAME
from killmart.sources.http import answered, unreachable, what_came
from killmart.sources.names import Pauses, heed
from killmart.sources.retry import with_retries
from killmart.sources.transport.session import PoliteSession
from killmart.sources.transport.urls import shown

log = logging.getLogger(__name__)

THE_FORGE = 10_000_002
"""The region of Jita, where most of EVE trades."""
MOST_TYPES = 200_000
"""Four times the types that there are."""
MOST_PRICE_CENTS = 10**17
"""A price of a quadrillion ISK is none."""
PRICES_AGE_SECONDS = 3600.0
"""ESI's own: within the hour the answer is the same."""
_CENT = Decimal("0.01")


def history_route(day: date) -> str:
    """Where EVE Ref has the rows of a day."""
    return f"/market-history/{day.year}/market-history-{day}.csv.bz2"


def read_history(day: date, content: bytes) -> DayPrices:
    """The averages of The Forge in a packed file; rows without a usable one are counted, not kept.

    Raises ValueError where the file is damaged, too large, of another shape or another day, or has no row of The Forge.
    """
    rows = csv.reader(_lines(content))
    header = next(rows, [])
    try:
        region_at, type_at, average_at, day_at = map(header.index, ("region_id", "type_id", "average", "date"))
    except ValueError:
        raise ValueError(
            f"a file of prices without the columns that it should have ({','.join(header)[:80]!r})"
        ) from None
    wanted, of_day = str(THE_FORGE), day.isoformat()
    reader = _Reader()
    try:
        for row in rows:
            if len(row) != len(header):
                reader.dropped["unreadable"] += bool(row)
            elif row[region_at] == wanted:
                if row[day_at] != of_day:
                    raise ValueError(f"a file of prices with rows of {row[day_at][:20]!r} in place of {of_day}")
                reader.add(row[type_at], row[average_at])
    except csv.Error as error:
        raise ValueError(f"a file of prices that is no CSV ({error})") from None
    if not reader.cents:
        raise ValueError("a file of prices without any of The Forge")
    return DayPrices(day, "everef", reader.cents, dict(reader.dropped))


class _Reader:
    """Gathers prices row by row."""

    def __init__(self) -> None:
        self.cents: dict[int, int] = {}
        self.dropped: Counter[str] = Counter()

    def add(self, type_text: str, average: str) -> None:
        """Take a row, or count why not."""
        if not average.strip():
            self.dropped["empty"] += 1
            return
        try:
            type_id, price = int(type_text), Decimal(average)
        except (ValueError, InvalidOperation):
            self.dropped["unreadable"] += 1
            return
        cents = _cents(price)
        if isinstance(cents, str):
            self.dropped[cents] += 1
        elif not 0 < type_id < 2**31:
            self.dropped["unreadable"] += 1
        elif type_id in self.cents:
            self.dropped["twice"] += 1
        elif len(self.cents) < MOST_TYPES:
            self.cents[type_id] = cents


def _cents(price: Decimal) -> int | str:
    """A price in hundredths of an ISK, or why it is none."""
    if not price.is_finite():
        return "unreadable"
    if price < 0:
        return "negative"
    if price >= MOST_PRICE_CENTS // 100:  # what is too large is not to be multiplied: it may overflow
        return "unreadable"
    cents = int((price / _CENT).to_integral_value(rounding="ROUND_HALF_UP"))
    return cents or "zero"


def _lines(content: bytes) -> Iterator[str]:
    """The lines of a packed file, unpacked piece by piece. Raises ValueError."""
    rest = b""
    try:
        for piece in unbzipped(io.BytesIO(content), LARGEST_PRICES):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace")
            if len(rest) > LARGEST_BODY:
                raise TooLargeError(f"has a line of more than {megabytes(LARGEST_BODY)}")
    except ValueError as error:
        raise ValueError(f"a file of prices that {error}") from None
    if rest:
        yield rest.decode("utf-8", "replace")


class _EsiPrice(msgspec.Struct):
    type_id: int
    average_price: Decimal | None = None


_ESI_PRICES = msgspec.json.Decoder(list[_EsiPrice])


class MarketPrices:
    """ESI's prices at `base_url`, kept for an hour by the session's cache."""

    def __init__(self, session: PoliteSession, base_url: str, pauses: Pauses) -> None:
        self._session = session
        self._url = f"{base_url}/markets/prices"
        self._pauses = pauses

    def today(self, day: date) -> DayPrices:
        """What ESI says that types cost now, as the prices of `day`.

        Raises UpstreamError where ESI is away or answers something else, UpstreamRefusedError where it wants quiet.
        """
        if seconds := self._pauses.seconds((NAME,)):
            raise UpstreamRefusedError(f"{NAME} asked us to stay away; it is asked again in {seconds:.0f} s.", seconds)
        try:
            response = with_retries(self._send)
        except requests.exceptions.InvalidJSONError as error:
            raise UpstreamError(
                f"{shown(self._url)} gave no prices, but {error}; the prices that are here stay, "
                "the next run tries again. If this goes on, look at the connection esi in Airflow."
            ) from error
        except requests.RequestException as error:
            raise unreachable(NAME, error) from error
        if response.status_code != 200:
            raise UpstreamError(
                f"{shown(self._url)} {answered(NAME, response)}; the prices that are here stay, the next run tries "
                "again. If this goes on, look at the connection esi in Airflow."
            )
        return read_esi_prices(day, response.content)

    def _send(self) -> requests.Response:
        response = self._session.get(self._url, headers=HEADERS)
        if not getattr(response, "from_cache", False):
            heed(self._pauses, response)
        if response.status_code == 200 and not is_prices(response):
            raise requests.exceptions.InvalidJSONError(what_came(response))
        return response


def is_prices(response: requests.Response) -> bool:
    """Whether an answer may be kept and used: prices, and some of them."""
    try:
        return bool(read_esi_prices(date.min, response.content).cents)
    except ValueError:
        return False


def read_esi_prices(day: date, content: bytes) -> DayPrices:
    """ESI's average prices; types without a usable one are counted, not kept. Raises ValueError."""
    try:
        refuse_many(content, values=3)
        found = _ESI_PRICES.decode(content)
    except (msgspec.MsgspecError, RecursionError, TooLargeError) as error:
        raise ValueError(f"{len(content)} bytes that are no prices ({error})") from None
    reader = _Reader()
    for entry in found:
        reader.add(str(entry.type_id), "" if entry.average_price is None else str(entry.average_price))
    return DayPrices(day, "esi", reader.cents, dict(reader.dropped))
