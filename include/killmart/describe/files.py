"""Where the descriptions of the warehouse are kept in the project, and how they are written."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from killmart.config.settings import PROJECT
from killmart.db.catalog import Catalog, read_catalog
from killmart.db.revisions import MIGRATIONS
from killmart.describe import SCHEMAS
from killmart.describe.head import head_of
from killmart.describe.marts import api_marts
from killmart.describe.page import data_model_page
from killmart.describe.prisma import prisma_schema

PRISMA = PROJECT / "schema.prisma"
PAGE = PROJECT / "docs" / "data-model.md"
HEAD = MIGRATIONS / "head.sql"
API_MARTS = PROJECT / "include" / "killmart" / "web" / "api" / "marts.json"


def described(catalog: Catalog) -> dict[Path, str]:
    """The files, each with its text."""
    return {PRISMA: prisma_schema(catalog), PAGE: data_model_page(catalog), API_MARTS: api_marts(catalog)}


def write_files(engine: Engine, pg_dump: Path, dsn: str) -> tuple[Path, ...]:
    """Write the files from a warehouse at the newest revision, at `dsn` for pg_dump; returns them."""
    with engine.connect() as connection:
        files = described(read_catalog(connection, SCHEMAS)) | {HEAD: head_of(pg_dump, dsn)}
    for path, text in files.items():
        path.write_text(text)
    return tuple(files)
