"""What `status` says of an installation."""

from __future__ import annotations

from killmart.db.staging import record_hole
from killmart.model.ref import Hole
from killmart.runtime import Runtime
from killmart.watch.status import status
from support.pipeline import run


def test_what_feeds_did_not_give_is_told_for_a_week(runtime: Runtime) -> None:
    assert status(runtime)["stepped_over_in_7_days"] == {}
    with runtime.engine.begin() as connection:
        record_hole(connection, "r2z2", Hole(1, 3, "long ago"))
    run(runtime, "UPDATE staging.feed_holes SET stepped_over_at = now() - interval '8 days'")
    with runtime.engine.begin() as connection:
        record_hole(connection, "r2z2", Hole(7, 7, "404 3 times while file 17 is there"))
        for reason in ("the first", "the second"):
            record_hole(connection, "redisq", Hole(None, None, reason, maybe_lost=1))
    told = status(runtime)["stepped_over_in_7_days"]
    counts = {feed: (it["holes"], it["maybe_lost"], it["latest"]) for feed, it in told.items()}
    assert counts == {"r2z2": (1, 0, "404 3 times while file 17 is there"), "redisq": (2, 2, "the second")}
