"""One piece of work ahead: the next one is prepared in a thread while the last one is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def one_ahead(prepare: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What `prepare` makes of each item, in order; it is at work on the next while the caller uses the last.

    Worth it where preparing waits or computes without Python's lock (a download, bz2). Two results are in memory at
    most. An error comes where its result would have come.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        current: Future[Result] | None = None
        for item in items:
            following = pool.submit(prepare, item)
            if current is not None:
                yield current.result()
            current = following
            del following
        if current is not None:
            yield current.result()
