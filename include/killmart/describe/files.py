"""Where the descriptions of the warehouse are kept in the project, and how they are written."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from killmart.config.settings import PROJECT
from killmart.db.catalog import read_catalog
from killmart.describe import SCHEMAS
from killmart.describe.page import data_model_page
from killmart.describe.prisma import prisma_schema

PRISMA = PROJECT / "schema.prisma"
PAGE = PROJECT / "docs" / "data-model.md"


def write_files(engine: Engine) -> tuple[Path, ...]:
    """Write both files from a warehouse at the newest revision; returns them."""
    with engine.connect() as connection:
        catalog = read_catalog(connection, SCHEMAS)
    PRISMA.write_text(prisma_schema(catalog))
    PAGE.write_text(data_model_page(catalog))
    return PRISMA, PAGE
