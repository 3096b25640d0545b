"""`python -m killmart.describe` (make model): writes schema.prisma and docs/data-model.md from the migrations.

The migrations run on a PostgreSQL of its own in a temporary folder, so that no installation has to be there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from killmart.config.connections import database_url
from killmart.config.settings import PROJECT
from killmart.db.catalog import read_catalog
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.describe import SCHEMAS
from killmart.describe.page import data_model_page
from killmart.describe.prisma import prisma_schema
from killmart_stack.postgres import EmbeddedPostgres

PRISMA = PROJECT / "schema.prisma"
PAGE = PROJECT / "docs" / "data-model.md"


def main() -> None:
    """Write both files and say so."""
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
    PRISMA.write_text(prisma_schema(catalog))
    PAGE.write_text(data_model_page(catalog))
    print(f"Wrote {PRISMA} and {PAGE}.")


if __name__ == "__main__":
    main()
