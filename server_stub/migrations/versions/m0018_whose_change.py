"""Revision 0018: a message on `field_changed` names the device whose operations it comes from.

`{"by": device, ...}`: that device is answered in the same request, so its own stream need not tell
it. Who decides operations sets `field.device` for the transaction; others name nobody.
"""

from alembic import op

from server_stub.migrations.versions import m0017_fewer_wake_ups as before
from server_stub.migrations.versions.m0009_wake_up import ANNOUNCE

revision = "0018"
down_revision = "0017"

BY = "'by', NULLIF(current_setting('field.device', true), '')"
MESSAGE, END = "jsonb_build_object(", ")::text"


def upgrade() -> None:
    for function in _functions():
        named = function.replace(MESSAGE, f"jsonb_strip_nulls({MESSAGE}{BY}, ")
        op.execute(named.replace(END, f"){END}"))


def downgrade() -> None:
    for function in _functions():
        op.execute(function)


def _functions() -> list[str]:
    """As revision 0017 made them."""
    announce = ANNOUNCE.replace(before.FIXED, before.NAMED)
    return [
        each.replace(before.CREATE, before.REPLACE) for each in (announce, before.ANNOUNCE_KITS)
    ]
