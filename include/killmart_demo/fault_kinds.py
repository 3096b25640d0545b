"""Every fault there is: its name, where it can strike, and when."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

ALL = "all"
"""The rate of every fault that has none of its own and after which a patient client still gets everything."""


class Stage(Enum):
    """When a fault strikes."""

    BEFORE = "in place of the answer: nothing has happened yet"
    AFTER = "to the answer, when the upstream has done its part"
    FEED = "when a killmail is published in a feed"
    WINDOW = "for a stretch of time"


class Kind(NamedTuple):
    """One kind of fault."""

    name: str
    stage: Stage
    routes: frozenset[str]
    """Which routes (see `route_of`) it can strike; none named: every one."""
    says: str
    in_all: bool = True
    """Whether `all` means this one too; not those that keep a killmail from the client for good."""


LISTEN, OBJECT, FILE, SEQUENCE, KILLMAIL = (
    "redisq/listen",
    "redisq/object",
    "r2z2/file",
    "r2z2/sequence",
    "esi/killmail",
)
_BODIES = frozenset((OBJECT, FILE, KILLMAIL))
_FEEDS = frozenset(("redisq/", "r2z2/"))
_ANY: frozenset[str] = frozenset()

# In the order in which they are drawn: the first that hits is the only one. Those that replace the answer come first,
# so that among the answers that arrive every change has its own rate.
_TABLE = (
    Kind("downtime", Stage.WINDOW, _ANY, "503 to everything for 15 minutes at a time, never the first 15"),
    Kind("500", Stage.BEFORE, _ANY, "status 500"),
    Kind("502", Stage.BEFORE, _ANY, "status 502"),
    Kind("503", Stage.BEFORE, _ANY, "status 503"),
    Kind("504", Stage.BEFORE, _ANY, "status 504"),
    Kind("reset", Stage.BEFORE, _ANY, "the connection is reset without an answer"),
    Kind("timeout", Stage.BEFORE, _ANY, "no answer for `timeout_seconds`, then the connection is reset"),
    Kind("html", Stage.BEFORE, _ANY, "a page of HTML with status 200"),
    Kind("403", Stage.BEFORE, _ANY, "status 403"),
    Kind("404", Stage.BEFORE, _ANY, "status 404"),
    Kind("420", Stage.BEFORE, frozenset(("esi/", KILLMAIL)), "status 420 with X-ESI-Error-Limit-*"),
    Kind("422", Stage.BEFORE, frozenset((KILLMAIL,)), "status 422, this time"),
    Kind("422_final", Stage.BEFORE, frozenset((KILLMAIL,)), "status 422 for this killmail, every time", in_all=False),
    Kind("429", Stage.BEFORE, _ANY, "status 429 with Retry-After"),
    Kind("429_bare", Stage.BEFORE, _ANY, "status 429 without Retry-After"),
    Kind("oversize", Stage.BEFORE, _ANY, "an answer of 21 MiB"),
    Kind("redirect", Stage.BEFORE, _ANY, "a redirect to this machine's other host name, where followers are noticed"),
    Kind("redirect_loop", Stage.BEFORE, _ANY, "a redirect that never ends"),
    Kind("gzip_bomb", Stage.BEFORE, _ANY, "100 KB that become 100 MiB"),
    Kind("pop_reset", Stage.AFTER, frozenset((LISTEN,)), "the connection is reset after the pop", in_all=False),
    Kind("truncated", Stage.AFTER, _ANY, "JSON cut short, with the Content-Length of what is left"),
    Kind("stale", Stage.AFTER, _ANY, "an older answer of the same path; of sequence.json, an older number"),
    Kind("wrong_body", Stage.AFTER, _BODIES, "the body of another killmail"),
    Kind("altered", Stage.AFTER, _BODIES, "a body with another ship, time or victim: what the hash covers"),
    Kind("string_id", Stage.AFTER, _BODIES, "the killmail id as text"),
    Kind("no_zkb", Stage.AFTER, frozenset((OBJECT, FILE)), "a package without zkb"),
    Kind("slow", Stage.AFTER, _ANY, "an answer that takes `slow_seconds` to dribble in"),
    Kind("hole", Stage.FEED, frozenset(("r2z2/",)), "a number that never gets a file; the killmail has the next one"),
    Kind("republished", Stage.FEED, frozenset(("r2z2/",)), "this file announces another zkb block of an older one"),
    Kind("republished_body", Stage.FEED, frozenset(("r2z2/",)), "the same, with another body as well"),
    Kind("duplicate", Stage.FEED, _FEEDS, "an older killmail rides again after this one"),
    Kind("out_of_order", Stage.FEED, _FEEDS, "this killmail changes places with the next one"),
)
KINDS = {kind.name: kind for kind in _TABLE}
STRIKING = tuple(kind for kind in _TABLE if kind.stage in (Stage.BEFORE, Stage.AFTER))


def route_of(service: str, path: str) -> str:
    """The route as faults know it; `path` is that below the service, `SERVICE/` is any other route."""
    if service == "redisq" and path in ("listen.php", "object.php"):
        return f"redisq/{path.removesuffix('.php')}"
    if service == "r2z2" and path == "ephemeral/sequence.json":
        return SEQUENCE
    if service == "r2z2" and path.startswith("ephemeral/"):
        return FILE
    if service == "esi" and path.startswith("killmails/"):
        return KILLMAIL
    return f"{service}/"
