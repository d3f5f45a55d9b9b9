"""The wire, version 1: what a device and a server say to each other. Add, never break.

docs/protocol.md tells the same in prose, for writing a client in another language.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from field_app.domain.clock import ClockGrade, ClockReading, Stamp
from field_app.domain.operations import OPERATION, Envelope
from field_app.domain.person import Actor, Role
from field_app.domain.records import format_instant
from field_app.domain.text import Line, WireInstant

PROTOCOL = 1
MOST_OPERATIONS = 100
MOST_REQUEST_BYTES = 256 * 1024
INT8 = 2**63 - 1

Instant = Annotated[
    WireInstant, PlainSerializer(format_instant, return_type=str, when_used="json-unless-none")
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Message(BaseModel):
    """A message of the wire: unknown fields are ignored, so that either side may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class DeviceCard(Message):
    id: UUID
    name: Line
    platform: Line
    app_version: Line


class SignInRequest(Message):
    email: Annotated[Line, StringConstraints(strip_whitespace=True, max_length=320)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    device: DeviceCard


class Person(Message):
    """The signed-in person, as the server knows them."""

    id: UUID
    name: str
    email: str
    role: Role
    organization_id: UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, role=self.role, organization_id=self.organization_id)


class SignInResponse(Message):
    token: str
    expires_at: Instant
    device_id: UUID
    person: Person


class RotateRequest(Message):
    next_sha256: Sha256


class WireClock(Message):
    device_at: Instant
    offset_ms: Annotated[int, Field(ge=-(10**13), le=10**13)] | None = None
    grade: ClockGrade


class WireEnvelope(BaseModel):
    """One operation as it is stored and sent. `payload` depends on `kind`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: UUID
    seq: Annotated[int, Field(ge=0, le=INT8)]
    kind: Annotated[Line, StringConstraints(max_length=80)]
    kind_version: Annotated[int, Field(ge=1, le=1000)] = 1
    target_id: UUID
    base_version: Annotated[int, Field(ge=0, le=INT8)] | None = None
    occurred_at: Instant
    clock: WireClock
    time_zone_offset_min: Annotated[int, Field(ge=-1440, le=1440)]
    payload: dict[str, Any]


def to_wire(envelope: Envelope) -> WireEnvelope:
    stamp = envelope.stamp
    return WireEnvelope(
        id=stamp.operation_id,
        seq=envelope.seq,
        kind=envelope.operation.kind,
        target_id=envelope.target_id,
        base_version=stamp.base_version,
        occurred_at=stamp.occurred_at,
        clock=WireClock.model_validate(stamp.clock.model_dump()),
        time_zone_offset_min=envelope.time_zone_offset_min,
        payload=envelope.operation.model_dump(mode="json", exclude={"kind"}, exclude_none=True),
    )


def from_wire(
    wire: WireEnvelope, actor: Actor, device_id: UUID, received_at: dt.datetime | None = None
) -> Envelope:
    """The envelope as `decide()` takes it. Raises pydantic's ValidationError on a bad payload."""
    stamp = Stamp(
        operation_id=wire.id,
        actor=actor,
        device_id=device_id,
        occurred_at=wire.occurred_at,
        received_at=received_at or wire.occurred_at,
        clock=ClockReading.model_validate(wire.clock.model_dump()),
        base_version=wire.base_version,
    )
    return Envelope(
        stamp=stamp,
        seq=wire.seq,
        target_id=wire.target_id,
        time_zone_offset_min=wire.time_zone_offset_min,
        operation=OPERATION.validate_python({**wire.payload, "kind": wire.kind}),
    )


class Sent(Message):
    """The device's clocks at the moment of sending."""

    device_at: Instant
    boot_id: Line
    monotonic_ms: Annotated[int, Field(ge=0, le=INT8)]


class Health(Message):
    """A device's own account of how it is doing."""

    pending: int = 0
    oldest_pending_s: int | None = None
    photos_pending: int = 0
    repairs: int = 0
    free_mb: int | None = None


class SyncRequest(Message):
    """`operations` stay raw here: each is parsed alone, so that one bad one refuses only itself."""

    protocol: int
    app_version: Line
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    page_rows: Annotated[int, Field(ge=100, le=5000)] = 2000
    sent: Sent
    health: Health | None = None
    operations: list[Any] = Field(default_factory=list, max_length=MOST_OPERATIONS)


class VerdictStatus(StrEnum):
    APPLIED = "applied"
    NOOP = "noop"
    REFUSED = "refused"
    PARKED = "parked"


class Verdict(Message):
    """The server's word on one operation."""

    operation_id: UUID
    status: VerdictStatus
    code: str | None = None
    message: str | None = None
    flags: list[str] = Field(default_factory=list)
    record_version: int | None = None
    decided_at: Instant


class Digest(Message):
    """`hash`: XOR over all rows of the first 8 bytes of SHA-256("table:id:version"), in hex."""

    rows: int
    hash: str


class SyncResponse(Message):
    server_time: Instant
    epoch: str
    verdicts: list[Verdict]
    cursor: str
    full: bool
    more: bool
    changes: dict[str, list[dict[str, Any]]]
    removed: dict[str, list[str]]
    digest: Digest | None = None
    photos_wanted: list[str] = Field(default_factory=list)
    notice: str | None = None


def digest_of(rows: Iterable[tuple[str, str, int]]) -> Digest:
    """The digest of (table, id, version) triples, in any order."""
    count, bits = 0, 0
    for table, record_id, version in rows:
        count += 1
        bits ^= int.from_bytes(
            hashlib.sha256(f"{table}:{record_id}:{version}".encode()).digest()[:8]
        )
    return Digest(rows=count, hash=f"{bits:016x}")


class Problem(Message):
    """RFC 9457 problem details; `code` is stable, `title` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str | None = None
