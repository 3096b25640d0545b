"""What the keeper does with parts that die: real processes, killed, that come back or die again and again."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from killmart.errors import KillmartError
from killmart_stack import keeper as keeping
from killmart_stack import processes
from killmart_stack.home import Home
from killmart_stack.keeper import Keeper, SilentError, once_more
from killmart_stack.ports import free_port, is_free
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import Child, Children

SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"
DIES = "print('I cannot', flush=True); raise SystemExit(3)"
SERVES = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); " + SLEEPS
LEAVES_A_SERVER = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SERVES!r}, *sys.argv[1:]]); " + SLEEPS
)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(processes, "PRESS_SECONDS", 1.0)


@pytest.fixture
def children(home: Home) -> Iterator[Children]:
    children = Children(home)
    yield children
    children.stop()


def spawn(children: Children, code: str, *arguments: str) -> Child:
    return children.spawn("worker", "The worker", [sys.executable, "-c", code, *arguments], dict(os.environ))


def lives_again(keeper: Keeper, child: Child) -> Callable[[], bool]:
    """Whether a child has another process than now."""
    before = child.process.pid
    return lambda: child.process.pid != before and child.ending() is None


def test_a_killed_child_comes_back(home: Home, children: Children, capsys: pytest.CaptureFixture[str]) -> None:
    keeper = Keeper(home.logs)
    child = spawn(children, SLEEPS)
    keeper.keep(child)
    keeper.check()
    assert child.ending() is None
    again = lives_again(keeper, child)
    os.kill(child.process.pid, signal.SIGKILL)
    keeper.wait_for("It did not come back", again, 60)
    assert "The worker ended (killed by SIGKILL); it is started again in" in capsys.readouterr().out


def test_a_child_that_dies_again_and_again_is_given_up(home: Home, children: Children) -> None:
    keeper = Keeper(home.logs)
    keeper.keep(spawn(children, DIES))
    with pytest.raises(
        KillmartError,
        match=r"(?s)The worker ended 5 times within 10 minutes \(exit code 3(, exit code 3){4}\), so it is not started "
        r"again\. Nothing that was committed is lost: mend .*worker\.log; it ends:\nI cannot",
    ):
        keeper.wait_for("It did not answer", lambda: False, 120)
    assert (home.logs / "worker.log").read_text().count("I cannot") == keeping.MOST_DEATHS


def test_a_child_that_cannot_even_be_started_again_is_given_up(home: Home, children: Children) -> None:
    program = home.path / "program"
    program.symlink_to(sys.executable)
    keeper = Keeper(home.logs)
    child = children.spawn("worker", "The worker", [str(program), "-c", SLEEPS], dict(os.environ))
    keeper.keep(child)
    program.unlink()
    os.kill(child.process.pid, signal.SIGKILL)
    with pytest.raises(
        KillmartError, match=r"\(killed by SIGKILL(, it did not start){4}\).* The worker cannot be started: .*program"
    ):
        keeper.wait_for("It did not answer", lambda: False, 120)


def test_deaths_of_long_ago_do_not_count(home: Home, children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WITHIN_SECONDS", 0.0)
    keeper = Keeper(home.logs)
    child = spawn(children, SLEEPS)
    keeper.keep(child)
    for _ in range(keeping.MOST_DEATHS + 1):
        again = lives_again(keeper, child)
        os.kill(child.process.pid, signal.SIGKILL)
        keeper.wait_for("It did not come back", again, 60)


def test_pauses_grow(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_BACKOFF", 8.0)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    keeper = Keeper(home.logs)
    keeper.keep(Dead())
    started = []
    for pause in (8, 16, 30, 30):
        keeper.check()
        now += pause - 0.5
        keeper.check()  # too early
        now += 0.5
        keeper.check()  # starts it
        started.append(pause)
    said = capsys.readouterr().out.splitlines()
    assert said == [f"The dead one ended (gone); it is started again in {pause} s." for pause in started]
    with pytest.raises(KillmartError, match=r"ended 5 times .*\(gone, gone, gone, gone, gone\)"):
        keeper.check()


class Dead:
    """A part that is dead whatever one does."""

    title = "The dead one"

    def ending(self) -> str | None:
        return "gone"

    def start(self) -> None:
        return

    def where(self) -> str:
        return "Nowhere."


def test_what_a_dead_child_left_behind_is_ended_before_the_next_one(home: Home, children: Children) -> None:
    """Its servers hold the ports that the next one needs."""
    port = free_port()
    keeper = Keeper(home.logs)
    child = spawn(children, LEAVES_A_SERVER, str(port))
    other = children.spawn("other", "The other", [sys.executable, "-c", SLEEPS], dict(os.environ))
    keeper.keep(child)
    keeper.wait_for("It did not serve", lambda: not is_free(port), 60)
    again = lives_again(keeper, child)
    os.kill(child.process.pid, signal.SIGKILL)
    keeper.wait_for("It did not come back", again, 60)
    keeper.wait_for("It did not serve", lambda: (home.logs / "worker.log").read_text().count("ready") == 4, 60)
    socket.create_connection(("127.0.0.1", port)).close()
    assert "Address already in use" not in (home.logs / "worker.log").read_text()
    assert other.ending() is None


def test_a_child_waits_for_what_it_needs(home: Home, children: Children) -> None:
    allowed: list[bool] = []
    keeper = Keeper(home.logs)
    child = spawn(children, SLEEPS)
    keeper.keep(child, may_start=lambda: bool(allowed))
    again = lives_again(keeper, child)
    os.kill(child.process.pid, signal.SIGKILL)
    with pytest.raises(
        KillmartError, match=r"It did not come back within 1 s\. The worker ended \(killed by SIGKILL\)"
    ):
        keeper.wait_for("It did not come back", again, 1)
    allowed.append(True)
    keeper.wait_for("It did not come back", again, 60)


def test_waiting_has_an_end(home: Home) -> None:
    Keeper(home.logs).wait_for("It did not answer", lambda: True, 60)
    with pytest.raises(KillmartError, match=rf"It did not answer within 0 s\. The logs are in {home.logs}\."):
        Keeper(home.logs).wait_for("It did not answer", lambda: False, 0)


def test_a_start_is_held(home: Home, children: Children) -> None:
    seen = []

    @contextmanager
    def held() -> Iterator[None]:
        seen.append(("in", child.ending()))
        yield
        seen.append(("out", child.ending()))

    keeper = Keeper(home.logs, held)
    child = spawn(children, SLEEPS)
    keeper.keep(child)
    again = lives_again(keeper, child)
    os.kill(child.process.pid, signal.SIGKILL)
    keeper.wait_for("It did not come back", again, 60)
    assert seen == [("in", "killed by SIGKILL"), ("out", None)]


def test_a_killed_postgres_comes_back(home: Home) -> None:
    server = EmbeddedPostgres(home.path)
    server.start()
    keeper = Keeper(home.logs)
    keeper.keep(server)
    first = server_pid(server)
    os.kill(first, signal.SIGKILL)
    keeper.wait_for("It did not come back", lambda: server.is_running() and server_pid(server) != first, 120)
    assert server.stop()


def test_a_postgres_that_does_not_start_any_more_is_given_up_with_its_log(home: Home) -> None:
    server = EmbeddedPostgres(home.path)
    server.start()
    keeper = Keeper(home.logs)
    keeper.keep(server)
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(KillmartError, match=r"(?s)PostgreSQL ended 5 times .*PostgreSQL does not start.*pg_control"):
        keeper.wait_for("It did not come back", server.is_running, 120)


def server_pid(server: EmbeddedPostgres) -> int:
    return int(Path(server.data / "postmaster.pid").read_text().split()[0])


def test_what_was_not_answered_is_asked_once_more() -> None:
    for error in (SilentError("nobody there"), OperationalError("SELECT 1", {}, Exception("the server is gone"))):
        answers: list[Exception | int] = [error, 7]
        recovered: list[int] = []

        def ask(answers: list[Exception | int] = answers) -> int:
            found = answers.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        assert once_more(ask, lambda recovered=recovered: recovered.append(len(recovered))) == 7  # type: ignore[misc]
        assert recovered == [0]
    with pytest.raises(KillmartError, match="refused"):
        once_more(lambda: refuse(), lambda: pytest.fail("nothing has died"))


def refuse() -> int:
    raise KillmartError("refused")
