"""How tests/ is laid out: folders are named as the code's, and what tests share lies in tests/support."""

from __future__ import annotations

import ast
from pathlib import Path

from killmart.config.settings import PROJECT

TESTS = PROJECT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
FOLDERS = {one.name for one in TESTS.iterdir() if one.is_dir() and any(one.glob("**/*.py"))}
OF_THE_CODE = {one.name for one in (PROJECT / "include" / "killmart").iterdir() if one.is_dir()} | {"demo", "stack"}
BESIDE = {"bench", "end_to_end", "support", "warehouse"}
"""Measurements, whole installations, shared pieces, and what the migrations make."""


def imported(file: Path) -> set[str]:
    """Modules that a file imports anywhere in it, and the names it takes from them as if they were modules too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{'.' * node.level}{node.module or ''}.{name.name}" for name in node.names}
    return found


def test_folders_are_named_as_the_code_s() -> None:
    assert FOLDERS <= OF_THE_CODE | BESIDE


def test_nothing_is_imported_from_a_conftest_or_a_test() -> None:
    stems = {file.stem for file in FILES}
    wrong = [
        f"{file.relative_to(TESTS)} imports {name}"
        for file in FILES
        for name in imported(file)
        for part in name.split(".")
        if part == "conftest" or (part.startswith("test_") and part in stems)
    ]
    assert wrong == []


def test_tests_import_shared_pieces_from_support_and_the_benchmarks_alone() -> None:
    """A folder of tests is no package: a helper that lay in it would be found by some runs and not by others."""
    wrong = [
        f"{file.relative_to(TESTS)} imports {name}"
        for file in FILES
        for name in imported(file)
        if name.startswith((".", "tests.")) or name.split(".")[0] in FOLDERS - {"support", "bench"}
    ]
    assert wrong == []


def test_folders_of_tests_hold_tests_alone() -> None:
    helpers = [
        str(file.relative_to(TESTS))
        for file in FILES
        if file.relative_to(TESTS).parts[0] not in ("bench", "support")
        if not file.name.startswith("test_") and file.name != "conftest.py"
    ]
    assert helpers == []
