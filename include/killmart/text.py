"""Numbers, times and texts as people read them: the filters of the templates."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from killmart.model.request_stats import LATENCY_BOUNDS

_SPANS = ((86_400 * 365, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def number(value: float | Decimal | None) -> str:
    """`12,345`; a dash for None."""
    return "–" if value is None else f"{value:,.0f}"


def counted(value: float | Decimal | None, one: str, more: str = "") -> str:
    """`1 killmail`, `2 killmails`, `1 batch`; `more` is the plural where it is not `one` and an s."""
    return f"{number(value)} {one if value == 1 else more or one + 's'}"


def percent(value: float | None, digits: int = 1) -> str:
    """`99.9 %`; never rounded up to 100 or down to 0 where it is not that."""
    if value is None:
        return "–"
    if 0 < value < 100:
        smallest = 10.0**-digits
        value = min(max(value, smallest), 100 - smallest)
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return f"{text} %"


def percent_of(part: float | None, whole: float | None) -> float | None:
    """`part` in percent of `whole`; None where there is no whole."""
    return None if not whole or part is None else 100 * part / whole


def isk_share(killed: float | Decimal | None, lost: float | Decimal | None) -> float | None:
    """ISK killed in percent of ISK killed and lost; None where both are 0, or one of them is unknown (None)."""
    return None if killed is None or lost is None else percent_of(float(killed), float(killed + lost))  # type: ignore[operator]


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """`3 minutes ago`; `never` for None."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if abs(seconds) < 5:
        return "now"
    for size, name in _SPANS:
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            text = f"{count} {name}{'s' if count > 1 else ''}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "now"


def when(moment: datetime | date | None) -> Markup:
    """A `<time>` element in UTC: `2026-09-30 12:34:56`."""
    if moment is None:
        return Markup("–")
    if not isinstance(moment, datetime):
        return Markup('<time datetime="{0}">{0}</time>').format(moment.isoformat())
    moment = moment.astimezone(UTC)
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), f"{text} UTC", text)


def seconds(value: float | None) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else str(timedelta(seconds=round(value)))


def latency(value: float | None) -> str:
    """`85 ms`, `1.2 s`; `over 30 s` at the last bound of the buckets, beyond which nobody knows."""
    if value is None:
        return "–"
    if value >= LATENCY_BOUNDS[-1]:
        return f"over {LATENCY_BOUNDS[-1]:g} s"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def lasting(value: float | None) -> str:
    """A length of time in one or two units: `12 s`, `4 min`, `3 h 20 min`, `2 d 4 h`; a dash for None."""
    if value is None:
        return "–"
    left, parts = round(value), []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if left >= length:
            parts.append(f"{left // length} {unit}")
            left %= length
    parts = parts[:1] if parts and parts[0].endswith("min") else parts[:2]
    return " ".join(parts) or "0 s"


def size(value: int | None) -> str:
    """`1.4 MB`."""
    if value is None:
        return "–"
    amount = float(value)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def isk(value: float | Decimal | None) -> str:
    """`1.2 bn ISK`."""
    if value is None:
        return "unvalued"
    amount = float(value)
    for unit, name in ((1e12, "tn"), (1e9, "bn"), (1e6, "m")):
        if abs(amount) >= unit:
            return f"{amount / unit:,.1f} {name} ISK"
    return f"{amount:,.0f} ISK"


def of_valued(valued: float, killmails: float, instead: str = "") -> str:
    """Of how many killmails a sum of ISK is: `of 38 valued`; `instead` where all of them have a value."""
    return instead if valued == killmails else f"of {number(valued)} valued"


def isk_of(value: float | Decimal | None, valued: float, killmails: float) -> str:
    """A sum of ISK and how complete it is: `1.2 bn ISK`, `1.2 bn ISK of 38 valued`, `unvalued`."""
    return isk(value) if value is None else f"{isk(value)} {of_valued(valued, killmails)}".rstrip()


def spaced(name: str) -> str:
    """An expectation's name as words: `kills have one victim`."""
    return name.replace("_", " ")


def cell(value: Any) -> str:
    """Any value of an example row as text."""
    if value is None:
        return "–"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def breakable(text: str) -> Markup:
    """A long id with places to break the line after `_`, `:`, `/` and `+`."""
    broken = str(escape(text))
    for sign in ("__", ":", "/"):
        broken = broken.replace(sign, f"{sign}<wbr>")
    return Markup(broken)


FILTERS = {
    "number": number,
    "counted": counted,
    "percent": percent,
    "ago": ago,
    "when": when,
    "seconds": seconds,
    "latency": latency,
    "lasting": lasting,
    "size": size,
    "isk": isk,
    "isk_of": isk_of,
    "of_valued": of_valued,
    "spaced": spaced,
    "cell": cell,
    "breakable": breakable,
}
