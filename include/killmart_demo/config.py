"""What a simulator is started with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from killmart_demo.days_options import DayOptions
from killmart_demo.faults import Faults
from killmart_demo.watch import Limits


@dataclass(frozen=True, kw_only=True)
class SimulatorConfig:
    """Options of one simulator process; the two clocks are replaced by tests that cannot wait."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free port."""
    seed: int = 1
    """Names the synthetic universe and the order of the feed."""
    kills: int = 300
    """Size of the first load, in killmails of the universe; with `bodies`, all of them are the first load."""
    bodies: tuple[Path, ...] = ()
    """Files of real killmails, served in place of the universe."""
    sde: Path | None = None
    """Folder of CSV files to serve as static data in place of the generated one."""
    trickle: bool = False
    """Whether newer kills of the universe join the feed as real time passes."""
    embed: bool = False
    """Whether RedisQ's packages carry the body, as they did before 2025-12."""
    esi_tokens: int = 3600
    esi_window_seconds: float = 900.0
    esi_gone: frozenset[int] = frozenset()
    """Killmail ids that ESI answers with 404."""
    r2z2_first: int = 96_000_000
    """The number of R2Z2's first file."""
    r2z2_trail: int = 0
    """How far sequence.json is behind the newest file: 0 to 51 in real life."""
    r2z2_holes: frozenset[int] = frozenset()
    """Numbers whose file never appears, so that the feed never yields its killmail (unless it rides again)."""
    r2z2_retention_seconds: float = 86_400.0
    """How long a file lives."""
    limits: Limits = field(default_factory=Limits)
    days: DayOptions = field(default_factory=DayOptions)
    """Where the whole days of the history and of EVE Ref start; `/_sim/days` changes them."""
    faults: Faults = field(default_factory=Faults)
    """Where the faults start; `/_sim/faults` changes them."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for the token bucket, expiry, rates, bans and downtimes; `clock.scaled` makes them pass faster."""
    now: Callable[[], float] = time.time
    """Unix time in seconds: where the universe's present is."""
