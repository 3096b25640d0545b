"""Child processes: real ones that die, that will not, and that leave children of their own behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from killmart.errors import KillmartError
from killmart_stack import processes
from killmart_stack.home import Home
from killmart_stack.processes import Children, end_leftovers, leftovers

SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS
LEAVES_A_GRANDCHILD = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}], start_new_session=True); " + SLEEPS
)


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ASK_SECONDS", 3.0)
    monkeypatch.setattr(processes, "PRESS_SECONDS", 1.0)


def spawn(children: Children, home: Home, code: str, ready: int = 1) -> processes.Child:
    """Start Python code, and wait until it and its own children have said `ready` lines."""
    child = children.spawn("worker", "The worker", [sys.executable, "-c", code], dict(os.environ))
    deadline = time.monotonic() + 240
    while (home.logs / "worker.log").read_text().count("ready") < ready and time.monotonic() < deadline:
        time.sleep(0.05)
    return child


def test_children_end_when_asked(home: Home) -> None:
    children = Children(home)
    child = spawn(children, home, SLEEPS)
    assert [process.pid for process in leftovers(home)] == [child.process.pid]
    assert child.ending() is None
    children.stop()
    assert child.process.returncode == -15
    assert leftovers(home) == []


def test_child_that_ignores_sigterm_is_killed(home: Home) -> None:
    children = Children(home)
    child = spawn(children, home, STUBBORN)
    children.stop()
    assert child.process.returncode == -9


def test_grandchild_in_a_session_of_its_own_is_ended(home: Home) -> None:
    children = Children(home)
    spawn(children, home, LEAVES_A_GRANDCHILD, ready=2)
    assert len(leftovers(home)) == 2
    children.stop()
    assert leftovers(home) == []


def test_dead_child_says_how_it_ended_and_its_last_words(home: Home) -> None:
    children = Children(home)
    child = children.spawn("worker", "The worker", [sys.executable, "-c", "print('no more'); raise SystemExit(3)"], {})
    child.process.wait()
    assert child.ending() == "exit code 3"
    assert child.where() == f"The whole output is in {home.logs / 'worker.log'}; it ends:\nno more"


def test_program_that_is_not_there_is_named(home: Home) -> None:
    with pytest.raises(KillmartError, match=r"The worker cannot be started: .*/nowhere/worker"):
        Children(home).spawn("worker", "The worker", ["/nowhere/worker"], {})


def test_child_that_finishes_badly(home: Home) -> None:
    children = Children(home)
    children.finish(children.spawn("once", "The step", [sys.executable, "-c", "print('fine')"], {}))
    with pytest.raises(KillmartError, match=r"The step failed \(exit code 7\)"):
        children.finish(children.spawn("once", "The step", [sys.executable, "-c", "raise SystemExit(7)"], {}))


def test_last_words_are_those_of_this_run(home: Home) -> None:
    (home.logs / "worker.log").write_text("an older run\n")
    children = Children(home)
    child = children.spawn("worker", "The worker", [sys.executable, "-c", "print('this run')"], {})
    child.process.wait()
    assert child.last_words() == "this run"


def test_last_words_survive_the_rotation_of_the_log(home: Home, tmp_path: Path) -> None:
    """Housekeeping empties a log that is too large: the child goes on at its new end."""
    log, emptied = home.logs / "worker.log", tmp_path / "emptied"
    log.write_text("an older run\n" * 1000)
    waits = (
        f"import pathlib, time; print('ready', flush=True); file = pathlib.Path({str(emptied)!r})\n"
        "while not file.exists(): time.sleep(0.02)\n"
        "print('after it', flush=True); raise SystemExit(3)"
    )
    children = Children(home)
    child = spawn(children, home, waits)
    os.truncate(log, 0)
    emptied.touch()
    child.process.wait(60)
    assert log.read_bytes() == b"after it\n"
    assert child.last_words() == "after it"


def test_children_of_a_killed_supervisor_are_found(home: Home) -> None:
    code = (
        "import os, sys; from pathlib import Path; from killmart_stack.home import Home; "
        "from killmart_stack.processes import Children; "
        f"Children(Home(Path(sys.argv[1]))).spawn('worker', 'The worker', [sys.executable, '-c', {SLEEPS!r}], "
        "dict(os.environ)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(home.path)], check=False)
    assert len(leftovers(home)) == 1
    assert end_leftovers(home) == 1
    assert leftovers(home) == []
    assert end_leftovers(home) == 0


def test_other_homes_are_left_alone(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(tmp_path_factory.mktemp("other"))
    other.prepare()
    children = Children(other)
    child = spawn(children, other, SLEEPS)
    assert end_leftovers(home) == 0
    assert psutil.Process(child.process.pid).is_running()
    children.stop()
