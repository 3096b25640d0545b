"""How often Python looks for garbage in cycles while a day is loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 20_000
"""New containers between two searches; Python's own 700 is what a few killmails leave."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Have Python search for cycles seldom, in all of the process, while inside.

    Killmails make hardly any cycles, and every so many searches go through all that the process has imported and the
    batch remembers: a tenth of the CPU time of a load. What is in no cycle is freed at once, as ever.
    """
    usual = gc.get_threshold()
    gc.set_threshold(SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
