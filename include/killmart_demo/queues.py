"""RedisQ's queues: a copy of the feed for every queueID, read destructively, and what each client did to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from killmart_demo.feed import Timeline
from killmart_demo.watch import RateMeter

REMEMBERED_SECONDS = 3 * 3600
"""How long a queue lives after its last call, and an object after its pop."""


@dataclass
class Queue:
    """One queueID's place in the feed, and its counters."""

    position: int = 0
    last_call: float = 0.0
    in_flight: int = 0
    in_flight_max: int = 0
    refused: int = 0
    """Calls answered 429 because another was in flight."""
    filtered: int = 0
    """Kills that were popped and thrown away by the caller's own filter."""
    popped: int = 0
    delivered: int = 0
    """Distinct objects fetched."""
    fetched_again: int = 0
    """Fetches of an object that had been fetched before."""
    unfetched: dict[str, int] = field(default_factory=dict)
    """objectID: killmail_id of what was popped and never fetched so far."""
    lost: dict[str, int] = field(default_factory=dict)
    """objectID: killmail_id of what was popped by a request whose connection was then reset."""
    rate: RateMeter = field(default_factory=RateMeter)


class _Object(NamedTuple):
    killmail_id: int
    queue: Queue
    popped_at: float


class Queues:
    """All queues of one RedisQ; `clock` gives seconds."""

    def __init__(self, timeline: Timeline, clock: Callable[[], float]) -> None:
        self._timeline = timeline
        self._clock = clock
        self._objects: dict[str, _Object] = {}
        self.queues: dict[str, Queue] = {}

    def enter(self, queue_id: str) -> Queue | None:
        """Start a call; None where another call of this queueID is still in flight. Every call needs its `leave`.

        A queue unheard of for three hours is forgotten: it goes on with what comes next, as if it were new.
        """
        now = self._clock()
        queue = self.queues.get(queue_id)
        if queue is None:
            queue = self.queues[queue_id] = Queue()
        elif not queue.in_flight and now - queue.last_call > REMEMBERED_SECONDS:
            queue.position = self._timeline.advance()
        queue.last_call = now
        queue.rate.note(now)
        queue.in_flight += 1
        queue.in_flight_max = max(queue.in_flight_max, queue.in_flight)
        if queue.in_flight == 1:
            return queue
        queue.refused += 1
        queue.in_flight -= 1
        return None

    def leave(self, queue: Queue) -> None:
        """End a call that `enter` let in."""
        queue.in_flight -= 1

    def pop(self, queue: Queue) -> int | None:
        """Take the next killmail id off the queue, for good; None while it is empty."""
        if queue.position >= self._timeline.advance():
            return None
        killmail_id = self._timeline.ids[queue.position]
        queue.position += 1
        return killmail_id

    def publish(self, queue: Queue, killmail_id: int) -> str:
        """Keep a popped kill as an object for three hours; returns its objectID."""
        self._expire()
        object_id = uuid.uuid4().hex
        self._objects[object_id] = _Object(killmail_id, queue, self._clock())
        queue.popped += 1
        queue.unfetched[object_id] = killmail_id
        return object_id

    def fetch(self, object_id: str) -> int | None:
        """The killmail id of an object, as often as asked; None where it is unknown or expired."""
        self._expire()
        found = self._objects.get(object_id)
        if found is None:
            return None
        found.queue.rate.note(self._clock())
        if found.queue.unfetched.pop(object_id, None) is None:
            found.queue.fetched_again += 1
        else:
            found.queue.delivered += 1
        return found.killmail_id

    def first_load_left(self) -> dict[str, int]:
        """Kills of the first load that each queueID has yet to pop."""
        if self.queues:
            self._timeline.advance()
        first_load = self._timeline.first_load
        return {queue_id: max(0, first_load - queue.position) for queue_id, queue in self.queues.items()}

    def lose(self, object_id: str) -> None:
        """Note that nobody will ever learn this objectID."""
        found = self._objects[object_id]
        found.queue.lost[object_id] = found.killmail_id

    def _expire(self) -> None:
        horizon = self._clock() - REMEMBERED_SECONDS
        while self._objects:
            oldest = next(iter(self._objects))
            if self._objects[oldest].popped_at > horizon:
                return
            del self._objects[oldest]
