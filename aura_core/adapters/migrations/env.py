"""What Alembic runs: the revisions, in the transaction that the caller holds."""

from alembic import context

from aura_core.adapters.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], version_table=VERSION_TABLE, transactional_ddl=True
)
context.run_migrations()
