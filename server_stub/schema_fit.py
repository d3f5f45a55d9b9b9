"""Whether the schema that a database has and the one that this version wants go together.

Servers of two releases share a database while one follows the other (docs/upgrading.md).
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from server_stub.database import head_revision, revision_of

OLDEST = "oldest_revision"
"""In `server_meta`: the revision that a server has to know, or it is too old for the database."""
NEEDED = text("SELECT value FROM server_meta WHERE key = :key")


@dataclass(frozen=True)
class Fit:
    """`held` by the database, `wanted` by this version, `needed` by the database of a server."""

    held: str | None
    wanted: str
    needed: str = ""

    @property
    def is_behind(self) -> bool:
        return self.held is None or self.held < self.wanted

    @property
    def is_ahead(self) -> bool:
        return self.held is not None and self.held > self.wanted

    @property
    def is_too_new(self) -> bool:
        """What this version works with has been taken away."""
        return self.needed > self.wanted

    @property
    def is_good(self) -> bool:
        return not (self.is_behind or self.is_too_new)

    @property
    def told(self) -> str:
        """What an operator should know, and do."""
        held = f"The database is at revision {self.held}"
        if self.held is None:
            return "The database has no schema yet: run sync-server migrate."
        if self.is_behind:
            return f"{held}, this server needs {self.wanted}: run sync-server migrate."
        if self.is_too_new:
            return (
                f"{held}, which servers that know revision {self.needed} can serve; this one knows "
                f"{self.wanted}: install a newer release."
            )
        if self.is_ahead:
            return f"{held}, newer than this server's {self.wanted}, and it can be served."
        return f"{held}, as this server wants it."


def fit_of(connection: Connection) -> Fit:
    """Only a database that is ahead has to say how old a server may be."""
    fit = Fit(revision_of(connection), head_revision())
    needed = connection.scalar(NEEDED, {"key": OLDEST}) if fit.is_ahead else None
    return replace(fit, needed=needed or "")
