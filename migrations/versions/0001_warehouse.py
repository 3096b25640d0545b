"""The warehouse: staging, candidate, core, reference, quality, ops."""

from killmart.db.migrate import run_sql_folder

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_folder("0001_warehouse")


def downgrade() -> None:
    raise NotImplementedError("the first revision is the whole warehouse; drop the database instead")
