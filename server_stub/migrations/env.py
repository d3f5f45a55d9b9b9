"""Alembic's entry: runs the revisions on the connection it is given, a transaction for each."""

from alembic import context

from server_stub.database import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
