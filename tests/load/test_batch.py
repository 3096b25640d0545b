"""The one road of a batch: who walks it, what it leaves where nothing comes of it, what its counts add up to."""

from __future__ import annotations

import re

import pytest

from killmart.config.settings import PROJECT
from killmart.db.promotion import Promoted
from killmart.errors import KillmartError
from killmart.load import build
from killmart.load.batch import Loaded, new_batch
from killmart.load.build import Built
from killmart.load.days import load_days
from killmart.load.live import build_from_staging
from killmart.load.quarantine import entries, release
from killmart.load.repair import repair_kills
from killmart.runtime import Runtime
from support.day_loading import DAY, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import kill, load_past_gate, ref, rows, stage

LOAD = PROJECT / "include" / "killmart" / "load"


@pytest.mark.parametrize(
    "step",
    [
        r"\bbatches\.open_batch\(",
        r"\bbatches\.abandon_unfinished\(",
        r"\bBatchBuilder\(",
        r"\bvalidate\(runtime",
        r"ThreadPoolExecutor\(runtime\.settings\.esi_concurrency",
    ],
)
def test_each_step_of_a_load_stands_in_one_place(step: str) -> None:
    found = [
        file.name for file in sorted(LOAD.glob("*.py")) for _ in re.finditer(rf"(?<!def ){step}", file.read_text())
    ]
    assert len(found) == 1, found


def test_an_owner_is_no_runtime_of_its_own(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one would have an engine and a pool of its own."""
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime, owner="somebody")
        assert runtime.engine is not None
        monkeypatch.setattr("killmart.runtime.build_engine", lambda url: pytest.fail(f"a second engine of {url}"))
        [one] = load_days(runtime, [DAY]).days
        assert one.is_complete
        killmail_id = rows(runtime, "SELECT min(killmail_id) FROM core.kills_fact")[0][0]
        assert repair_kills(runtime, [killmail_id]).unchanged == 1
        late = kill(7, killmail_time="2040-01-01T00:00:00Z")
        stage(runtime, [ref(late)])
        load_past_gate(runtime)
        [entry] = entries(runtime)
        assert release(runtime, entry.quarantine_id, "a test", "its clock is ahead").inserted == 1
    owners = {owner for (owner,) in rows(runtime, "SELECT owner FROM staging.batches")}
    assert owners == {
        "somebody",
        f"somebody {DAY}..{DAY}",
        "somebody repair",
        f"somebody quarantine {entry.quarantine_id}",
    }


def test_a_batch_of_nothing_leaves_no_trace_and_makes_no_tables(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        assert load_days(runtime, [DAY]).is_complete
        before = rows(runtime, "SELECT count(*) FROM staging.batches")
        monkeypatch.setattr(build, "create_candidate", lambda *_: pytest.fail("tables for nothing"))
        assert load_days(runtime, [DAY]).is_complete
        assert build_from_staging(runtime) is None
        assert repair_kills(runtime, [1]).missing.keys() == {1}
    assert rows(runtime, "SELECT count(*) FROM staging.batches") == before


def test_what_a_block_raises_takes_the_batch_back(runtime: Runtime) -> None:
    with pytest.raises(KillmartError, match="no more"), new_batch(runtime, "a test", "r2z2"):
        raise KillmartError("no more")
    assert rows(runtime, "SELECT * FROM staging.batches") == []


def test_counts_add_up() -> None:
    loaded, promoted = Loaded(), Promoted(inserted=3, changed=1, unchanged=0, updated=[7])
    assert promoted.counts() == {"inserted": 3, "changed": 1, "unchanged": 0, "revalued": 1}
    loaded.count(Built(1, candidates=4, quarantined=2, known=1, refetched=3))
    loaded.count(promoted)
    loaded.blocked.append("batch 2 is blocked")
    total = Loaded(inserted=1, blocked=["batch 1 is blocked"])
    total.count(loaded)
    assert total == Loaded(
        inserted=4,
        changed=1,
        known=1,
        revalued=1,
        quarantined=2,
        refetched=3,
        blocked=["batch 1 is blocked", "batch 2 is blocked"],
    )
