"""The benchmarks, in the order in which they run, and what each may take; one that breaks does not stop the others."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench import (
    at_size,
    bytes_per_kill,
    dlt_beside,
    feed_drain,
    gate,
    growth,
    history,
    imports,
    new_day,
    queries,
    readers,
    recording,
    together,
)
from bench.figures import FIGURES, Bench, Measured


@dataclass(frozen=True)
class Benchmark:
    """What measures some figures, and the minutes that it should take on two quiet cores."""

    run: Callable[[Bench], Iterator[Measured]]
    minutes: float


BENCHMARKS = {
    "new_day": Benchmark(new_day.run, 1.5),
    "dlt": Benchmark(dlt_beside.run, 3),
    "gate": Benchmark(gate.run, 2),
    "history": Benchmark(history.run, 6),
    "bytes_per_kill": Benchmark(bytes_per_kill.run, 1),
    "at_size": Benchmark(at_size.run, 2),
    "queries": Benchmark(queries.run, 3),
    "feed_drain": Benchmark(feed_drain.run, 1),
    "imports": Benchmark(imports.run, 0.5),
    "readers": Benchmark(readers.run, 2.5),
    "recording": Benchmark(recording.run, 1.5),
    "together": Benchmark(together.run, 2),
    "growth": Benchmark(growth.run, 21),
}
"""In under 50 minutes; what is made once and kept comes on top: the filled warehouse, the cloned days, dlt's folder."""


def wanted(names: Sequence[str]) -> list[str]:
    """The benchmarks that measure these figures, or are called so; all of them without names."""
    of_figures = {FIGURES[name].benchmark if name in FIGURES else name for name in names}
    return [name for name in BENCHMARKS if name in of_figures or not names]


def measure(names: Iterable[str], bench: Bench) -> Iterator[Measured]:
    """Every figure of these benchmarks, once each; those of one that broke are skipped, with what broke it."""
    for name in names:
        due = {figure.name for figure in FIGURES.values() if figure.benchmark == name}
        started = time.monotonic()
        _say(f"{name}: about {BENCHMARKS[name].minutes:g} min")
        try:
            for measured in BENCHMARKS[name].run(bench):
                due.remove(measured.name)
                if measured.skipped:
                    _say(f"{measured.name}: skipped, {measured.skipped}")
                yield measured
            assert not due, f"{', '.join(due)} was not measured"
        except Exception as error:
            traceback.print_exc()
            why = f"{name} broke: {type(error).__name__}: {error}"[:500]
            yield from (Measured(one, skipped=why, is_broken=True) for one in FIGURES if one in due)
        _say(f"{name}: took {(time.monotonic() - started) / 60:.1f} min")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
