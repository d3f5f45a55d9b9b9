"""Sign-ins that failed, counted in PostgreSQL for all processes, and how long to wait after them.

Waits grow and end; nothing is ever locked. Nobody can keep others out from afar: a device that the
account is on has a count of its own, and so has everybody at another network address.
"""

import datetime as dt
import hashlib
import ipaddress
import math
from dataclasses import dataclass

from sqlalchemy import Connection, text

from server_stub.problems import ProblemError

FIRST_WAIT_S = 15
LONGEST_WAIT_S = 900
FORGOTTEN_AFTER = dt.timedelta(hours=2)
"""After the last one that failed. Longer than the longest wait, or waiting would buy new tries."""
PEOPLE_AT_A_PLACE = 5
"""How many times the tries of one account an address has for all accounts together."""
UNDER_ATTACK = 5
"""From how many times the tries on, from wherever they came, an account has fewer of them."""
TRIES_UNDER_ATTACK = 2

COUNTS = text("""
    SELECT subject, failed, extract(epoch FROM now() - last_failed_at)::float AS ago_s
    FROM sign_in_tries WHERE subject = ANY(:subjects) AND last_failed_at > now() - :forgotten
""")
COUNT = text("""
    INSERT INTO sign_in_tries AS t (subject, failed, last_failed_at)
    SELECT subject, 1, now() FROM unnest(CAST(:subjects AS bytea[])) subject ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET last_failed_at = now(), failed =
        CASE WHEN t.last_failed_at > now() - :forgotten THEN t.failed + 1 ELSE 1 END
""")
FORGET = text("DELETE FROM sign_in_tries WHERE subject = :subject")
SWEEP = text("DELETE FROM sign_in_tries WHERE last_failed_at < :before")


@dataclass(frozen=True)
class Attempt:
    """Somebody who wants to sign in: as whom, from where, and on which device, if it is known."""

    email: str
    address: str
    known_device: str | None

    @property
    def own(self) -> bytes:
        """The count that a right password forgives."""
        if self.known_device is not None:
            return _subject("device", self.email, self.known_device)
        return _subject("pair", self.email, network_of(self.address))

    @property
    def place(self) -> bytes:
        return _subject("place", network_of(self.address))

    @property
    def account(self) -> bytes:
        return _subject("account", self.email)

    @property
    def counted(self) -> list[bytes]:
        if self.known_device is not None:
            return [self.own]
        return [self.own, self.place, self.account]


def ensure_may_try(connection: Connection, attempt: Attempt, most: int) -> None:
    """Raises a 429 problem that says how long to wait."""
    values = {"subjects": attempt.counted, "forgotten": FORGOTTEN_AFTER}
    counts = {bytes(row.subject): row for row in connection.execute(COUNTS, values)}
    account = counts.get(attempt.account)
    is_attacked = account is not None and account.failed >= most * UNDER_ATTACK
    allowed = {
        attempt.own: TRIES_UNDER_ATTACK if is_attacked else most,
        attempt.place: most * PEOPLE_AT_A_PLACE,
    }
    waits_s = [
        wait_s(row.failed - allowed[subject]) - row.ago_s
        for subject, row in counts.items()
        if subject in allowed
    ]
    if (longest_s := max(waits_s, default=0)) > 0:
        raise ProblemError(429, retry_after_s=math.ceil(longest_s))


def count(connection: Connection, attempt: Attempt) -> None:
    """It failed."""
    values = {"subjects": attempt.counted, "forgotten": FORGOTTEN_AFTER}
    connection.execute(COUNT, values)


def forgive(connection: Connection, attempt: Attempt) -> None:
    """The password was right: its own count starts anew, not that of the place."""
    connection.execute(FORGET, {"subject": attempt.own})


def sweep(connection: Connection, now: dt.datetime) -> int:
    """Drop what is forgotten anyhow; returns how many counts."""
    return connection.execute(SWEEP, {"before": now - FORGOTTEN_AFTER}).rowcount


def wait_s(too_many: int) -> float:
    """Doubling from the first try that is one too many."""
    if too_many < 0:
        return 0
    return min(FIRST_WAIT_S * 2.0 ** min(too_many, 20), LONGEST_WAIT_S)


def network_of(address: str) -> str:
    """An IPv6 address stands for its /64, which one household has for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()
