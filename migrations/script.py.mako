"""${message}."""

from killmart.db.migrate import run_sql_folder

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_folder("${up_revision}_${message}")


def downgrade() -> None:
    raise NotImplementedError("Killmart migrates forward only; restore a backup instead")
