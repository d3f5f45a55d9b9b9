"""The server's settings, from the environment. Field settings carry the prefix `FIELD_`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from server_stub.logs import Format


class ServerSettings(BaseSettings):
    """Windows are in days; an instance is made once and passed on."""

    model_config = SettingsConfigDict(
        env_prefix="FIELD_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    database_url: Annotated[
        str, Field(validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    ]
    """The primary. `postgresql://user:password@host/database`, or whatever libpq takes; with
    several hosts add `?target_session_attrs=read-write`, and a new primary is found by itself."""
    database_url_direct: Annotated[
        str | None,
        Field(validation_alias=AliasChoices("DATABASE_URL_DIRECT", "database_url_direct")),
    ] = None
    """Where DATABASE_URL leads to a pooler in transaction mode (pgbouncer): the way past it, for
    listening, migrations and commands."""
    database_url_replica: Annotated[
        str | None,
        Field(validation_alias=AliasChoices("DATABASE_URL_REPLICA", "database_url_replica")),
    ] = None
    """A streaming replica that answers to devices are read from."""
    replica_wait_s: float = 0.25
    """How long an answer waits for the replica to have what the primary has."""
    replica_rest_s: float = 5
    """How long a replica that was behind, or not there, is left alone."""
    commit_wait_s: float = 10
    """How long a commit waits for a synchronous standby before the device hears "later"."""
    photo_store: Annotated[
        str, Field(validation_alias=AliasChoices("PHOTO_STORE", "photo_store"))
    ] = "photos"
    """A folder, or `s3://bucket/prefix` with credentials in the usual `AWS_...` variables."""
    photo_staging: Path | None = None
    """Where uploads grow until they are whole. Beside the photos where those are in a folder."""
    public_url: str = ""
    """Before `/v1/photos/...` in `event_issues.photo_urls`, for the booking system."""
    photo_idle_s: float = 30
    """How long an upload may say nothing before its connection is taken for dead."""
    photo_days: int = 730
    """How long after its event ended a photo is kept."""
    photo_mb_a_day: Annotated[int, Field(ge=32)] = 2000
    """How many megabytes of photos a person may begin to upload to one process in a day; the others
    stay on the device until there is room."""
    environment: Literal["production", "development"] = "production"
    """In production nothing is served with secrets that are none, and `/docs` is closed."""
    hsts_days: int = 0
    """How long browsers shall insist on TLS, where a proxy speaks it."""
    pool_size: int = 20
    """Database connections that a process holds for requests; who finds none free waits for one."""
    syncs_at_once: Annotated[int, Field(ge=1)] = 4
    """How many syncs with operations, and how many without, a process works at. More at once make
    each dearer; but where the database is milliseconds away, more are needed."""
    agent_days_back: int = 14
    """How old the shifts are that an agent's device holds."""
    agent_days_ahead: int = 60
    """How far ahead an agent's device holds shifts."""
    manager_days_back: int = 30
    """How old the events are that a manager's device holds."""
    manager_days_ahead: int = 90
    """How far ahead a manager's device holds events."""
    token_days: int = 30
    """How long a device stays signed in after its last request."""
    sign_in_tries: int = 10
    """How many sign-ins may fail for one account from one network address before waits begin."""
    sign_ins_at_once: int = 2
    """How many passwords a process checks at a time; each takes 64 MiB."""
    sign_ins_waiting: int = 20
    """How many more may wait; the others are told to come back."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, with commas between them, whose `X-Forwarded-For` is believed."""
    device_requests_per_s: float = 20
    """How many requests a device may go on sending each second to one process."""
    device_burst: int = 600
    """How many it may send at once before that."""
    most_streams: int = 20_000
    """How many streams and uploads a process keeps open."""
    body_s: float = 60
    """How long a request may take to arrive, photos apart."""
    stream_comment_s: float = 25
    """How often an open stream shows that it is still there."""
    oldest_app: str = "0"
    """Older apps get nothing but verdicts: `0.2` or `1.10.3`."""
    log_level: Literal["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"] = "INFO"
    """What is less urgent is not logged."""
    log_format: Format = "auto"
    """`json`, `text`, or `auto`: text in a terminal, else JSON."""
    drain_s: float = 0
    """How long, after SIGTERM, requests are still taken while `/readyz` says 503: longer than a
    load balancer needs to notice."""
    stop_s: int = 30
    """How long after that requests that still run may take."""
    metrics_token: SecretStr | None = None
    """Whoever asks for `/metrics` sends it as `Bearer`. Without one only this machine may ask."""

    @field_validator("photo_store")
    @classmethod
    def _is_a_place(cls, address: str) -> str:
        if "://" in address and not address.startswith("s3://"):
            raise ValueError("a folder or s3://bucket/prefix is meant")
        return address

    @property
    def is_pooled(self) -> bool:
        return self.database_url_direct is not None

    @property
    def direct_url(self) -> str:
        return self.database_url_direct or self.database_url

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def photo_base(self) -> str:
        return self.public_url.rstrip("/")

    @property
    def staging_folder(self) -> Path:
        if self.photo_staging is not None:
            return self.photo_staging
        is_elsewhere = "://" in self.photo_store
        return Path("photo-staging") if is_elsewhere else Path(self.photo_store) / "staging"
