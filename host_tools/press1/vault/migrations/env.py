"""What Alembic runs: the migrations over the connection that the vault has open."""

from alembic import context

from press1.vault.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
