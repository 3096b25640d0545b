"""A fake RedisQ with a queue of objects, some of which cannot be read for good, and pops that break off."""

from __future__ import annotations

import socket
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs

from support.scripted import Answer, Handler, Request, Scripted, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def popping(
    objects: Sequence[str],
    broken: Callable[[str], Answer | int] = lambda _: 200,
    breaks_off: Container[int] = (),
    times_out: Container[int] = (),
) -> Iterator[Scripted]:
    """Pop `objects` in turn; the killmail of the object "7" has the id 7.

    `broken` says of an object what comes in its place (200: nothing does); the pops whose number, from 1, is in
    `breaks_off` take an object off the queue, then cut the connection; for those in `times_out` a proxy answers 504.
    """
    queue = list(objects)
    pops = 0

    def answer(request: Request, handler: Handler) -> Answer:
        nonlocal pops
        if request.path == "/listen.php":
            pops += 1
            object_id = queue.pop(0) if queue else "null"
            if pops in breaks_off:
                handler.connection.shutdown(socket.SHUT_RDWR)
                return None
            if pops in times_out:
                return 504, b""
            return 302, b"", {"Location": f"/object.php?objectID={object_id}"}
        [object_id] = parse_qs(request.query)["objectID"]
        found = broken(object_id)
        if found != 200:
            return (found, b"") if isinstance(found, int) else found
        if object_id == "null":
            return 200, {"package": None}
        return 200, {"package": {"killID": int(object_id), "zkb": {"hash": HASH}}}

    with scripted(answer) as upstream:
        yield upstream
