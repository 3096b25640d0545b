"""What the folders promise beside the import contracts of pyproject.toml: who runs SQL, who brings commands, names."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path

from typer.main import get_command

from killmart.cli.main import app
from killmart.config.settings import PROJECT

INCLUDE = PROJECT / "include"
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
MODULES = sorted(path for path in (INCLUDE, PROJECT / "dags", PROJECT / "plugins") for path in path.rglob("*.py"))

MAY_RUN_SQL = {
    "include/killmart/db/": "the warehouse, by the files of include/sql",
    "include/killmart/quality/session.py": "the gate's own session, which Great Expectations asks through",
    "include/killmart/legacy/database.py": "the older service's database, whose layout nothing else knows",
    "include/killmart/sources/transport/cache.py": "SQLite, the file of the HTTP cache",
    "include/killmart/orchestration/handover.py": "Airflow's session: its own tables, by its own models",
    "include/killmart/orchestration/questions.py": "Airflow's session: its own tables, by its own models",
    "include/killmart_stack/postgres.py": "makes the databases of the server that it has just started",
}
"""Who executes statements, and of what. Everybody else calls a function of db/."""


def executes(path: Path) -> bool:
    """Whether a module calls `….execute(…)` or the like, or makes a statement with SQLAlchemy's `text(…)`."""
    methods = {"execute", "executemany", "exec_driver_sql", "scalars", "copy_expert"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy" and "text" in {a.name for a in node.names}:
            return True
    return False


def test_sql_is_run_by_db_and_the_gate_alone() -> None:
    run = {path.relative_to(PROJECT).as_posix() for path in MODULES if executes(path)}
    allowed = {name for name in run for folder in MAY_RUN_SQL if name.startswith(folder)}
    assert sorted(run - allowed) == []
    assert [folder for folder in MAY_RUN_SQL if not any(name.startswith(folder) for name in run)] == []


def test_nothing_of_ours_is_called_as_a_package_that_we_import() -> None:
    """Neither module nor folder: `requests` is one thing, wherever it is read."""
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    packages = {folder.name for folder in INCLUDE.iterdir()}
    ours = {name.removesuffix(".py") for path in MODULES for name in path.relative_to(PROJECT).parts} - packages
    assert "sqlalchemy" in imported
    assert ours & imported == set()


def test_a_public_name_beside_the_library_means_one_thing() -> None:
    """But for `app`, which an entry point names in each package."""
    found = Counter(
        name
        for package in ("killmart_stack", "killmart_demo")
        for path in (INCLUDE / package).rglob("*.py")
        for name in defined(path)
        if not name.startswith("_") and name not in ("app", "log")
    )
    assert {name: times for name, times in found.items() if times > 1} == {}


def defined(path: Path) -> set[str]:
    """The names that a module makes at its top level."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_the_contract_of_the_library_s_face_lists_what_the_architecture_describes() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    [face] = [one for one in contracts if "what any user may" in one["name"]]
    modules = {line.rpartition(" -> ")[2] for line in face["ignore_imports"]}
    described = (PROJECT / "docs" / "architecture.md").read_text()
    assert {module for module in modules if f"`{module}`" not in described} == set()


def test_the_metadata_beside_the_code_says_what_the_project_says() -> None:
    found, project = distribution("killmart"), PYPROJECT["project"]
    assert found.metadata["Version"] == project["version"]
    assert found.metadata["Summary"] == project["description"]
    assert found.metadata["Requires-Python"] == project["requires-python"]


def test_the_library_alone_has_its_commands_and_those_beside_it_bring_theirs(tmp_path: Path) -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    brought = {"demo", "live", "db", "down", "psql", "dsn", "model", "revision", "simulate", "backup", "restore"}
    assert brought < commands
    alone = tmp_path / "a project, 100% 'odd' [#1]" / "include"
    for library in ("killmart", "sql"):
        shutil.copytree(INCLUDE / library, alone / library)
    lists = "from typer.main import get_command; from killmart.cli.main import app; print(*get_command(app).commands)"

    def listed() -> set[str]:
        # -S: nothing of .venv's own path but what is named, so that the copy is all that there is
        path = f"import sys; sys.path[:0] = {[str(alone), *_libraries()]!r}; "
        command = [sys.executable, "-S", "-c", path + lists]
        return set(subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split())

    assert listed() == commands - brought
    for beside in ("killmart_stack", "killmart_demo", "killmart.dist-info"):
        shutil.copytree(INCLUDE / beside, alone / beside)
    assert listed() == commands


def _libraries() -> list[str]:
    return [path for path in sys.path if re.search(r"site-packages$|lib-dynload$", path)]
