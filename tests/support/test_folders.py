"""Folders in memory: used where there is room, and what a killed run has left is removed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from support import folders


def test_memory_is_used_where_it_has_room_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOM", 1)
    assert folders.base(tmp_path) == tmp_path
    for name, said in (("memory.max", "1000"), ("memory.current", "1000")):
        (tmp_path / name).write_text(f"{said}\n")
    with monkeypatch.context() as container:
        container.setattr(folders, "CONTAINER", tmp_path)
        assert folders.base(tmp_path) == Path(tempfile.gettempdir())
    monkeypatch.setattr(folders, "ROOM", 10**18)
    assert folders.base(tmp_path) == Path(tempfile.gettempdir())
    assert folders.base(tmp_path / "none") == Path(tempfile.gettempdir())


def test_what_a_killed_run_has_left_goes_with_the_next_one(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    left = tmp_path / f"killmart-tests-{ended.pid}-abc"
    foreign = tmp_path / f"killmart-{ended.pid}"
    for one in (left, foreign):
        one.mkdir()
    with folders.quick_folder(tmp_path) as first, folders.quick_folder(tmp_path) as second:
        assert not left.exists()
        assert first.is_dir()
        assert second.is_dir()
        (first / "file").write_text("x")
    assert list(tmp_path.iterdir()) == [foreign]
