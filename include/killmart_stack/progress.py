"""One line per step on standard output, with its seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """Print a line at once. A reader that has gone away (`make demo | head`) is no reason to leave processes behind."""
    try:
        print(text, flush=True)
    except OSError:
        return


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is being done, then how long it took, in seconds."""
    say(f"{text} …")
    started = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - started:.1f} s")
