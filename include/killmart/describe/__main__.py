"""`python -m killmart.describe` (make model): writes what the migrations come to into files.

These are schema.prisma, docs/data-model.md and the API's marts.json.

The migrations run on a PostgreSQL of its own in a temporary folder, so that no installation has to be there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from killmart.config.connections import database_url
from killmart.config.settings import PROJECT
from killmart.db.catalog import Catalog, read_catalog
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.describe import SCHEMAS
from killmart.describe.marts import api_marts
from killmart.describe.page import data_model_page
from killmart.describe.prisma import prisma_schema
from killmart_stack.postgres import EmbeddedPostgres

PRISMA = PROJECT / "schema.prisma"
PAGE = PROJECT / "docs" / "data-model.md"
API_MARTS = PROJECT / "include" / "killmart" / "web" / "api" / "marts.json"


def described(catalog: Catalog) -> dict[Path, str]:
    """The files, each with its text."""
    return {PRISMA: prisma_schema(catalog), PAGE: data_model_page(catalog), API_MARTS: api_marts(catalog)}


def main() -> None:
    """Write the files and say so."""
    with tempfile.TemporaryDirectory(prefix="killmart-model-") as home:
        server = EmbeddedPostgres(Path(home))
        server.start()
        try:
            engine = build_engine(database_url(server.connection()))
            migrate(engine)
            with engine.connect() as connection:
                catalog = read_catalog(connection, SCHEMAS)
            engine.dispose()
        finally:
            server.stop()
    for path, text in described(catalog).items():
        path.write_text(text)
        print(f"Wrote {path}.")


if __name__ == "__main__":
    main()
