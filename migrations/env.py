"""Alembic's environment: migrates over the connection that `killmart.db.migrate` hands in."""

from alembic import context

from killmart.db.migrate import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True, **VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
