"""What keeps a server from starting in production: secrets that are no secrets, demo people."""

import os
from collections.abc import Mapping

from sqlalchemy import Engine, text

from server_stub.demo.people import DEMO_DOMAIN
from server_stub.sessions import parameters
from server_stub.settings import ServerSettings

SHORTEST_SECRET = 12
WELL_KNOWN = {"postgres", "password", "changeme", "secret", "fieldkit", "minioadmin", "example"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
OTHER_SECRETS = ("PGPASSWORD", "PGPASSFILE", "PGSSLCERT")
OTHER_WAYS = {"passfile", "sslcert"}
DEVELOPMENT = "or say FIELD_ENVIRONMENT=development where nobody else comes near"

DEMO_PEOPLE = text("""
    SELECT count(*) FROM users u JOIN credentials c ON c.user_id = u.id WHERE u.email LIKE :pattern
""")


def objections(settings: ServerSettings, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Sentences that say what to change before this may be served; none in development."""
    if not settings.is_production:
        return []
    found = []
    if _is_open(settings.database_url, environment):
        found.append(
            "The database is on another machine and its password is empty, well known or shorter "
            f"than {SHORTEST_SECRET} characters. Set a long random one in DATABASE_URL, "
            f"{DEVELOPMENT}."
        )
    if settings.photo_store.startswith("s3://") and _is_weak(
        environment.get("AWS_SECRET_ACCESS_KEY", "x" * SHORTEST_SECRET)
    ):
        found.append(
            "AWS_SECRET_ACCESS_KEY is well known or short. Give the bucket a key of its own, "
            f"{DEVELOPMENT}."
        )
    if "*" in settings.trusted_proxies:
        found.append(
            "FIELD_TRUSTED_PROXIES believes everybody. Name the proxy's address or network, "
            f"{DEVELOPMENT}."
        )
    return found


def demo_objection(engine: Engine) -> str | None:
    """The demo's people have a password that everybody can read."""
    with engine.connect() as connection:
        number = connection.execute(DEMO_PEOPLE, {"pattern": f"%@{DEMO_DOMAIN}"}).scalar_one()
    if not number:
        return None
    return (
        f"{number} people of the demo can sign in here, and their password is public. "
        f"Use another database, {DEVELOPMENT}."
    )


def _is_open(database_url: str, environment: Mapping[str, str]) -> bool:
    """Raises ArgumentError for what is no address of a database."""
    where = parameters(database_url)
    hosts = str(where.get("host") or where.get("hostaddr") or "").split(",")
    if all(not host or host in LOOPBACK or host.startswith("/") for host in hosts):  # sockets
        return False
    password = str(where.get("password") or "")
    if not password:
        has_other = any(environment.get(name) for name in OTHER_SECRETS)
        return not (has_other or OTHER_WAYS & set(where))
    return _is_weak(password) or password == where.get("user")


def _is_weak(secret: str) -> bool:
    """A well known word is none the better for the digits and signs around it."""
    letters = "".join(filter(str.isalpha, secret.lower()))
    return len(secret) < SHORTEST_SECRET or letters in WELL_KNOWN
