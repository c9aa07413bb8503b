"""Alembic environment: works on the connection it is handed, never opens one itself."""

from alembic import context

from oracles.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
