"""Logs of components: packed aside when they are large, while who writes them goes on; no line is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from killmart.errors import KillmartError
from killmart.housekeeping import component_logs
from killmart.housekeeping.component_logs import OLDER_LOGS, rotate_component_logs
from killmart.runtime import Runtime
from support.making import MakeRuntime
from support.pipeline import rows

MEGABYTE = 1024 * 1024
LINE = "what a component says, a thousand times over\n"


@pytest.fixture
def small(make_runtime: MakeRuntime) -> Runtime:
    """A runtime that rotates at a megabyte."""
    runtime = make_runtime(log_mb=1)
    (runtime.settings.home_path / "logs").mkdir(parents=True)
    return runtime


def grow(file: Path, mark: str) -> int:
    """Let a log be too large; returns its bytes."""
    text = f"{mark}\n" + LINE * (MEGABYTE // len(LINE) + 1)
    with file.open("a") as end:
        end.write(text)
    return file.stat().st_size


def first_line(file: Path) -> str:
    with gzip.open(file, "rt") as packed:
        return packed.readline().strip()


def test_a_large_log_is_packed_and_its_writer_goes_on(small: Runtime) -> None:
    folder = small.settings.home_path / "logs"
    scheduler, little = folder / "scheduler.log", folder / "triggerer.log"
    little.write_text("a line\n")
    with scheduler.open("ab", buffering=0) as writer:  # as killmart_stack opens it
        size = grow(scheduler, "first")
        assert rotate_component_logs(small) == {"rotated_logs": 1, "rotated_bytes": size}
        assert scheduler.read_bytes() == b""
        writer.write(b"and on it goes\n")
    assert scheduler.read_text() == "and on it goes\n"
    assert little.read_text() == "a line\n"
    with gzip.open(folder / "scheduler.log.1.gz", "rt") as packed:
        assert packed.read() == "first\n" + LINE * (MEGABYTE // len(LINE) + 1)
    assert rotate_component_logs(small) == {}
    metric = "SELECT sum(value) FROM ops.run_metrics WHERE stage = 'rotate_component_logs' AND metric = 'rotated_logs'"
    assert rows(small, metric) == [(1.0,)]


def test_five_older_ones_are_kept(small: Runtime) -> None:
    log = small.settings.home_path / "logs" / "scheduler.log"
    for number in range(OLDER_LOGS + 2):
        grow(log, f"log {number}")
        rotate_component_logs(small)
    kept = sorted(log.parent.glob("*.gz"))
    assert [file.name for file in kept] == [f"scheduler.log.{number}.gz" for number in range(1, OLDER_LOGS + 1)]
    assert [first_line(file) for file in kept] == [f"log {number}" for number in range(OLDER_LOGS + 1, 1, -1)]


def test_what_is_written_while_it_is_packed_stays_in_the_log(small: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    log = small.settings.home_path / "logs" / "scheduler.log"
    grow(log, "first")
    make_way = component_logs._make_way

    def meanwhile(file: Path) -> None:
        make_way(file)
        with log.open("a") as writer:
            writer.write("said meanwhile\n")

    monkeypatch.setattr(component_logs, "_make_way", meanwhile)
    rotate_component_logs(small)
    assert log.read_text() == "said meanwhile\n"


def test_a_log_that_cannot_be_packed_stays_whole_is_told_and_the_others_are_rotated(small: Runtime) -> None:
    folder = small.settings.home_path / "logs"
    for name in ("postgres", "scheduler"):
        grow(folder / f"{name}.log", "first")
    (folder / "postgres.log.0.gz").mkdir()  # in the way
    before = (folder / "postgres.log").read_bytes()
    with pytest.raises(KillmartError) as told:
        rotate_component_logs(small)
    assert str(told.value) == (
        f"The log {folder / 'postgres.log'} could not be rotated (Is a directory): it stays and grows."
    )
    assert (folder / "postgres.log").read_bytes() == before
    assert (folder / "scheduler.log").read_bytes() == b""


def test_without_logs_there_is_nothing_to_do(runtime: Runtime) -> None:
    assert rotate_component_logs(runtime) == {}
