"""Revision 0015: what a backfill did, so that it can go on after a kill and be taken back."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE backfill_batches (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          finished_at TIMESTAMPTZ,
          rolled_back_at TIMESTAMPTZ
        );
        CREATE TABLE backfill_bookings (
          batch_id UUID NOT NULL REFERENCES backfill_batches(id) ON DELETE CASCADE,
          booking_id UUID NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
          before JSONB NOT NULL,
          events UUID[] NOT NULL,
          activities UUID[] NOT NULL,
          shifts UUID[] NOT NULL,
          untouched_before TEXT NOT NULL,
          untouched_after TEXT NOT NULL,
          PRIMARY KEY (batch_id, booking_id)
        );
        COMMENT ON COLUMN backfill_bookings.before IS
            'What the batch changed on the booking, as it was.';
        COMMENT ON COLUMN backfill_bookings.untouched_before IS
            'Checksum of every other column of the booking and its activities.';
        CREATE INDEX idx_backfill_bookings_booking_id ON backfill_bookings(booking_id);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE backfill_bookings, backfill_batches")
