"""The documents are true: settings, commands, connections, links, tables and the SQL that they show."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.main import get_command

from killmart.cli.main import app
from killmart.config import settings
from killmart.config.connections import PUBLIC_URLS, WAREHOUSE_ROLES
from killmart.config.settings import PREFIX, PROJECT, Settings

README = (PROJECT / "README.md").read_text()
MAKEFILE = (PROJECT / "Makefile").read_text()
DOCS = PROJECT / "docs"
DOCUMENTS = [*(PROJECT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")), *sorted(DOCS.rglob("*.md"))]
COMMANDS_PAGE = (DOCS / "commands.md").read_text()
COMMANDS: set[str] = set(get_command(app).commands)  # type: ignore[attr-defined]
NOT_SETTINGS = {"KILLMART_PYTHON", "KILLMART_FILLED", "KILLMART_FILLED_KILLS"}
"""Read by tools/setup.sh, before there is a Python to read settings with; and by benchmarks and tests alone."""


def meanings() -> dict[str, str]:
    """The docstring below each field of Settings."""
    module = ast.parse(Path(settings.__file__).read_text())
    body = next(node.body for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    return {
        field.target.id: " ".join(doc.value.value.split())
        for field, doc in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
    }


def settings_table() -> list[str]:
    """The rows that the table of settings should have."""
    said = meanings()
    rows = []
    for field in Settings.__struct_fields__:
        default = getattr(Settings(), field)
        shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if default != "" else "empty"
        rows.append(f"| `{PREFIX}{field.upper()}` | {shown} | {said[field]} |")
    return rows


def test_the_settings_table_lists_every_setting_with_default_and_meaning() -> None:
    rows = [line for line in (DOCS / "settings.md").read_text().splitlines() if line.startswith(f"| `{PREFIX}")]
    assert rows == settings_table()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_variable_named_is_a_setting(document: Path) -> None:
    known = {PREFIX + field.upper() for field in Settings.__struct_fields__} | NOT_SETTINGS
    assert set(re.findall(rf"\b{PREFIX}[A-Z][A-Z0-9_]*", document.read_text())) <= known


def test_the_connections_table_lists_every_upstream_with_its_url() -> None:
    page = (DOCS / "connections.md").read_text()
    rows = re.findall(r"^\| `AIRFLOW_CONN_(\w+)` \| `http` \| `(\S+)` \|$", page, re.MULTILINE)
    assert {conn_id.lower(): url for conn_id, url in rows} == PUBLIC_URLS
    named = set(re.findall(r"AIRFLOW_CONN_([A-Z0-9_]+)", page))
    assert named == {conn_id.upper() for conn_id in (*PUBLIC_URLS, *WAREHOUSE_ROLES, "metadata")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_named_exists(document: Path) -> None:
    words = document.read_text()
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", words, re.MULTILINE)) <= targets
    assert set(re.findall(r"python -m killmart ([a-z-]+)", words)) <= COMMANDS


def test_the_page_of_commands_names_every_command() -> None:
    documented = set(re.findall(r"^([a-z-]+):.*?## ", MAKEFILE, re.MULTILINE))
    assert documented <= set(re.findall(r"`make ([a-z-]+)", COMMANDS_PAGE))
    rows = [line for line in COMMANDS_PAGE.splitlines() if line.startswith("| `python -m killmart ")]
    first_cells = "".join(row.split("|")[1] for row in rows)
    assert set(re.findall(r"`(?:python -m killmart )?([a-z-]+)`", first_cells)) == COMMANDS


def test_commands_marked_so_take_json() -> None:
    marked = set(re.findall(r"^\| `python -m killmart ([a-z-]+)` \\\* \|", COMMANDS_PAGE, re.MULTILINE))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert marked == {name for name, one in commands.items() if any("--json" in option.opts for option in one.params)}


def test_the_readme_lists_every_dag() -> None:
    dags = {path.name.removesuffix("_dag.py") for path in (PROJECT / "dags").glob("*_dag.py")}
    section = README.split("| DAG | runs | does |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == dags


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_and_folders_resolve(document: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    here = [link.split("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    pictures = re.findall(r"(?:src|srcset)=\"([^\"]+)\"", prose)
    assert [link for link in here + pictures if not (document.parent / link).exists()] == []


def test_the_readme_is_read_in_one_go_and_leads_to_every_page() -> None:
    assert len(README.splitlines()) <= 150
    pages = {path.name for path in DOCS.glob("*.md")}
    reached = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", README))
    assert pages - reached == set()


def test_decisions_are_numbered_one_by_one_as_their_titles_say() -> None:
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert [page.read_text().split(". ")[0] for page in pages] == [f"# {int(page.name[:4])}" for page in pages]


QUERIES = [
    query
    for document in (PROJECT / "README.md", DOCS / "datasets.md", DOCS / "bad-killmails.md")
    for query in re.findall(r"```sql\n(.*?)```", document.read_text(), re.DOTALL)
]


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_shown_run(engine: Engine, query: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(query)).all()


def test_tables_named_exist(engine: Engine) -> None:
    words = "".join(document.read_text() for document in DOCUMENTS)
    words = re.sub(r"^```diff$.*?^```$", "", words, flags=re.MULTILINE | re.DOTALL)  # examples, of what is to be added
    named = set(re.findall(r"`((?:core|staging|quality|reference|ops|mart|legacy)\.[a-z_]+)`", words))
    assert named
    with engine.connect() as connection:
        there = text("SELECT coalesce(to_regclass(:name)::text, to_regproc(:name)::text)")
        found = {name: connection.execute(there, {"name": name}).scalar() for name in named}
    assert [name for name, there in found.items() if there is None] == []


def test_the_page_of_datasets_has_every_table_for_readers(engine: Engine) -> None:
    named = set(re.findall(r"`((?:core|mart|quality|reference)\.[a-z_]+)[`(]", (DOCS / "datasets.md").read_text()))
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class"
                " WHERE relkind IN ('r', 'p', 'v') AND NOT relispartition"
                " AND relnamespace::regnamespace::text IN ('core', 'mart', 'quality', 'reference')"
                " AND relname !~ '^(settled|derived)_'"  # what views of other names put together
            )
        ).scalars()
        assert set(tables) - named == set()
