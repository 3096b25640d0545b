"""Works on several items at once, each in a process of its own: one that dies fails its item alone.

Nothing is shared but the warehouse, so what is passed on must be picklable, and the processes do not use Python's lock
in turn. They end with the one that started them, however that ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from killmart.errors import KillmartError

log = logging.getLogger(__name__)

Input = TypeVar("Input")
Result = TypeVar("Result")
Told = Callable[[Any], None]
Work = Callable[[Input, Told], Result]
"""What is done with an item; it tells on its way how far it is."""

_PRELOADED = ["killmart.load.days"]
"""What each process would import, imported once: they are forked from one that has it."""


def each(
    work: Work[Input, Result], items: Sequence[Input], jobs: int, told: Told
) -> Generator[tuple[Input, Result | KillmartError], None, None]:
    """Each item with what `work` made of it, or the KillmartError that it raised, in the order in which they are ready.

    `jobs` are at work at once: one in this process, several in processes of their own, whose log comes out here. What
    they tell is passed to `told`, from whatever thread. Any other error is raised, and ends all of them; so does
    closing this generator.
    """
    if min(jobs, len(items)) > 1:
        yield from _side_by_side(work, items, jobs, told)
        return
    for item in items:
        try:
            result = work(item, told)
        except KillmartError as error:
            yield item, error
        else:
            yield item, result


def _side_by_side(
    work: Work[Input, Result], items: Sequence[Input], jobs: int, told: Told
) -> Generator[tuple[Input, Result | KillmartError], None, None]:
    processes = _Processes()
    with ThreadPoolExecutor(jobs, thread_name_prefix="job") as pool:
        futures = {pool.submit(processes.run, work, item, told): item for item in items}
        try:
            for future in as_completed(list(futures)):
                item = futures.pop(future)
                try:
                    result = future.result()
                except KillmartError as error:
                    yield item, error
                else:
                    yield item, result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()


class _Processes:
    """The processes at work; each has a thread here that listens to it."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)
        self._at_work: set[BaseProcess] = set()
        self._lock = threading.Lock()
        self._are_over = False

    def run(self, work: Work[Input, Result], item: Input, told: Told) -> Result:
        """What a new process makes of an item. Raises what it raises, KillmartError where it dies."""
        ours, its = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_work_in_process, args=(its, work, item, logging.getLogger().level), daemon=True
        )
        with self._lock:
            if self._are_over:
                raise KillmartError("the load was ended before this was begun.")
            process.start()
            self._at_work.add(process)
        its.close()
        try:
            result: Result = _heard(ours, told)
        except (EOFError, OSError):
            process.join()
            raise KillmartError(_death(process.exitcode)) from None
        finally:
            ours.close()
            process.join()
            with self._lock:
                self._at_work.discard(process)
        return result

    def end(self) -> None:
        """Have them end at once; PostgreSQL takes back what they had not committed."""
        with self._lock:
            self._are_over = True
            for process in self._at_work:
                process.kill()


def _heard(line: Connection, told: Told) -> Any:
    """Listen to a process until its result, or its error, comes."""
    while True:
        kind, what = line.recv()
        if kind == "log":
            logging.getLogger(what.name).handle(what)
        elif kind == "told":
            told(what)
        elif kind == "raised":
            raise what
        else:
            return what


def _death(code: int | None) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"
    return (
        f"the process that was at work on it {how}, as happens where memory runs out (--jobs 1 takes less of it). What "
        "it had built is taken back and nothing of it is in core; a new run does what is left."
    )


class _Line:
    """What a process says to the one that started it, from whatever thread; where that one is gone, it ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def say(self, kind: str, what: Any) -> None:
        with self._lock:
            try:
                self._connection.send((kind, what))
            except OSError:
                os._exit(1)  # as _end_with_parent is about to

    def put_nowait(self, record: logging.LogRecord) -> None:
        """As logging's QueueHandler wants it."""
        self.say("log", record)


def _work_in_process(connection: Connection, work: Work[Any, Any], item: Any, level: int) -> None:
    """What a new process does: the work, telling, and its result or error as the last word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of a terminal; our parent ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    line = _Line(connection)
    root = logging.getLogger()
    root.handlers, root.level = [QueueHandler(line)], level  # type: ignore[arg-type]
    try:
        line.say("done", work(item, lambda what: line.say("told", what)))
    except Exception as error:
        if not isinstance(error, KillmartError):
            log.exception("%s failed", item)
        line.say("raised", _portable(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _portable(error: Exception) -> Exception:
    """The error, or its text alone where that is all there is to it, or all that survives the way."""
    if isinstance(error, KillmartError):
        return KillmartError(str(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
