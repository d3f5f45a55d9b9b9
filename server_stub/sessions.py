"""Sessions with PostgreSQL: how they begin, what they give up on, and when a commit counts."""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy.exc import ArgumentError, DBAPIError

from server_stub.patience import Patience

COMMIT_WAIT_S = 10.0
CANCEL_S = 2.0
TENACITY = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A host that vanished without a word is noticed within half a minute. A URL may say otherwise."""


PATIENCE = Patience()


class NotOnStandby(psycopg.OperationalError):
    """The commit is on the primary alone, though a standby was to have it too."""


class Session(psycopg.Connection[TupleRow]):
    """A connection whose commits are on the standby too, where there is one, or fail.

    PostgreSQL says with no more than a warning that a commit did not get there. Whoever asked
    must not hear that it is done; the second try writes again and so waits again. No time-out of
    PostgreSQL ends that wait, so we do.
    """

    commit_wait_s = COMMIT_WAIT_S

    def commit(self) -> None:
        """Raises NotOnStandby."""
        if self.info.transaction_status is TransactionStatus.IDLE:
            return
        warnings: list[str | None] = []

        def hear(notice: Diagnostic) -> None:  # which is empty later on
            if notice.severity_nonlocalized == "WARNING":
                warnings.append(notice.message_primary)

        self.add_notice_handler(hear)
        try:
            with PATIENCE.cancelling(self._cancel, self.commit_wait_s):
                super().commit()
        finally:
            self.remove_notice_handler(hear)
        if warnings:
            raise NotOnStandby(warnings[0] or "")

    def _cancel(self) -> None:
        self.cancel_safe(timeout=CANCEL_S)


def parameters(url: str, settings: dict[str, str] | None = None) -> dict[str, Any]:
    """What psycopg connects with: all that libpq knows, also several hosts. Raises ArgumentError.

    `settings` are in force from the first statement on.
    """
    try:
        given = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
    except psycopg.ProgrammingError as error:
        raise ArgumentError(str(error)) from None
    if settings:
        ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
        given["options"] = f"{ours} {given.get('options', '')}".strip()
    return TENACITY | given


def sqlstate_of(error: Exception) -> str | None:
    """PostgreSQL's code of what went wrong; None where it was something else."""
    return getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
