"""Revision 0006: proves the checks and foreign keys of 0005 on the rows that were there before.

It fails where an old row breaks one, and names the constraint; `sync-server check-schema`
lists such rows beforehand.
"""

from alembic import op

from server_stub.migrations.versions.m0005_guards import FOREIGN_KEYS, checks

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for table, name in [*((t, n) for t, n, _ in checks()), *FOREIGN_KEYS]:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """A proven constraint stays proven; 0005 drops it."""
