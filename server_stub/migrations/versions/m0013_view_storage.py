"""Revision 0013: client views are kept as they are; random ids do not compress, trying costs."""

from alembic import op

revision = "0013"
down_revision = "0012"

STORAGE = """
    ALTER TABLE client_view_tables ALTER COLUMN entries SET STORAGE {how};
    ALTER TABLE client_views ALTER COLUMN todo SET STORAGE {how};
"""


def upgrade() -> None:
    op.execute(STORAGE.format(how="EXTERNAL"))


def downgrade() -> None:
    op.execute(STORAGE.format(how="EXTENDED"))
