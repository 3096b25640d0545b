"""One public name means one thing: each class, type and constant of pages, API, drawings and watch stands once."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from killmart.config.settings import PROJECT

INCLUDE = PROJECT / "include"
SHAPES = {"NAME", "CHECKS"}
"""What every module of a kind has: the service of a source, the checks of a table."""
MODELS = {"Attacker", "Battle", "Item", "Killmail", "Party", "Side", "Victim"}
"""Of the API, which OpenAPI shows by these names, beside what they are models of."""


def names_of(path: Path) -> set[str]:
    """Classes, types and constants of a module that others may import; functions are called as what they answer."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return {name for name in found if not name.startswith("_") and name[0].isupper()}


def test_a_name_stands_for_one_thing() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for package in ("killmart", "killmart_stack", "killmart_demo"):
        for path in (INCLUDE / package).rglob("*.py"):
            for name in names_of(path):
                where[name].append(str(path.relative_to(INCLUDE)))
    assert len(where) > 600
    several = {name: paths for name, paths in where.items() if len(paths) > 1}
    assert {name: paths for name, paths in several.items() if name not in SHAPES | MODELS} == {}
    assert {name for name in several if "killmart/web/api/models.py" in several[name]} == MODELS
    assert all(len(several[name]) == 2 for name in MODELS)
