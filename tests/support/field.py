"""A small world for store and sync tests: one event, one shift, one person, one device."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import flet as ft

from field_app.device import FixOutcome, Health
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.clock import ClockGrade, ClockReading, Stamp
from field_app.domain.event import EventInstance
from field_app.domain.geofence import Fix
from field_app.domain.operations import Envelope, Operation
from field_app.domain.person import Actor, Role
from field_app.domain.records import Record
from field_app.store import mirror
from field_app.store.engine import Store
from field_app.store.offsets import Ticks

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
NAMES = UUID("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d")

ANA = Actor(id=uuid5(NAMES, "Ana"), role=Role.BRAND_AGENT)
BEN = Actor(id=uuid5(NAMES, "Ben"), role=Role.BRAND_AGENT)
DANA = Actor(id=uuid5(NAMES, "Dana"), role=Role.FIELD_MANAGER)
LUIS = Actor(id=uuid5(NAMES, "Luis"), role=Role.FIELD_MANAGER)
AGENCY = uuid5(NAMES, "agency")
BRAND = uuid5(NAMES, "brand")
PRIYA = Actor(id=uuid5(NAMES, "Priya"), role=Role.INTERNAL_ADMIN, organization_id=AGENCY)
NORA = Actor(id=uuid5(NAMES, "Nora"), role=Role.CLIENT, organization_id=BRAND)
DEVICE = uuid5(NAMES, "device")


def an_event(**changes: Any) -> EventInstance:
    """An event that runs for four hours from noon."""
    event = EventInstance(
        id=uuid5(NAMES, "event"),
        version=7,
        booking_id=uuid5(NAMES, "booking"),
        date=NOON.date(),
        start_time=NOON.time(),
        end_time=(NOON + dt.timedelta(hours=4)).time(),
        starts_at=NOON,
        ends_at=NOON + dt.timedelta(hours=4),
    )
    return event.revise(**changes)


def a_shift(name: str = "shift", **changes: Any) -> StaffAssignment:
    """An offer to Ana at that event."""
    shift = StaffAssignment(
        id=uuid5(NAMES, name),
        version=11,
        event_instance_id=an_event().id,
        user_id=ANA.id,
        role="brand_agent",
        status=AssignmentStatus.OFFERED,
    )
    return shift.revise(**changes)


def on_wire(*records: Record) -> dict[str, list[dict[str, Any]]]:
    """Records as the `changes` of an answer."""
    changes: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        changes.setdefault(record.table, []).append(record.model_dump(mode="json"))
    return changes


def a_store(folder: Path, *records: Record) -> Store:
    """A store on real files that holds these records as the server's."""
    store = Store(folder)
    store.write(lambda session: mirror.apply_rows(session, on_wire(*records), generation=0))
    return store


def an_envelope(
    operation: Operation,
    on: UUID,
    *,
    actor: Actor = ANA,
    at: dt.datetime = NOON,
    received_at: dt.datetime | None = None,
    grade: ClockGrade = ClockGrade.HIGH,
    base_version: int | None = None,
    device_id: UUID = DEVICE,
) -> Envelope:
    """An operation stamped by a well-set clock; every call is a new operation."""
    clock = ClockReading(device_at=at, offset_ms=0, grade=grade)
    stamp = Stamp(
        operation_id=uuid4(),
        actor=actor,
        device_id=device_id,
        occurred_at=at,
        received_at=received_at or at,
        clock=clock,
        base_version=base_version,
    )
    return Envelope(stamp=stamp, seq=0, target_id=on, time_zone_offset_min=0, operation=operation)


def ticks(at: dt.datetime = NOON, monotonic_ms: int = 1_000_000, boot_id: str = "boot") -> Ticks:
    return Ticks(device_at=at, monotonic_ms=monotonic_ms, boot_id=boot_id)


class FakeDevice:
    """A device whose clock stands still until it is moved, and whose position is given."""

    name = "Test phone"
    platform = "test"

    def __init__(self, at: dt.datetime = NOON, outcome: FixOutcome | None = None) -> None:
        self.at = at
        self.outcome = outcome or FixOutcome(None, "unsupported")
        self.opened: list[str] = []
        self.saved: dict[str, bytes] = {}
        self.picked: list[bytes] = []
        self.camera: FakeCamera | None = None
        self.on_mobile_data = False
        self.said_of_itself = Health()
        self.asks_first = False

    def now(self) -> dt.datetime:
        return self.at

    def monotonic_ms(self) -> int:
        return round(self.at.timestamp() * 1000)

    def boot_id(self) -> str:
        return "boot"

    def new_id(self) -> UUID:
        return uuid4()

    def time_zone_offset_min(self) -> int:
        return -300

    async def health(self) -> Health:
        return self.said_of_itself

    async def languages(self) -> list[str]:
        return []

    async def wants_stillness(self) -> bool:
        return False

    async def asks_for_position(self) -> bool:
        return self.asks_first

    async def fix(self) -> FixOutcome:
        return self.outcome

    async def open_url(self, url: str) -> None:
        self.opened.append(url)

    async def pick_photos(self) -> list[bytes]:
        return self.picked

    @property
    def has_camera(self) -> bool:
        return self.camera is not None

    def new_camera(self) -> "FakeCamera":
        assert self.camera is not None
        return self.camera

    async def is_metered(self) -> bool:
        return self.on_mobile_data

    async def save_file(self, name: str, content: bytes) -> bool:
        self.saved[name] = content
        return True


class FakeCamera:
    """A camera that sees one picture, or says why it sees none."""

    def __init__(self, picture: bytes | None = None, problem: str | None = None) -> None:
        self.view: ft.Control = ft.Container()
        self.picture, self.problem = picture, problem

    async def start(self) -> str | None:
        return self.problem

    async def shoot(self) -> bytes | None:
        return self.picture


class FakeSecrets:
    """Secrets in memory; they outlive a runtime, as a keychain does."""

    def __init__(self, **values: str) -> None:
        self.values = dict(values)

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def put(self, name: str, value: str | None) -> None:
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value


def a_fix(latitude: float = 40.7424, longitude: float = -74.0060, accuracy_m: float = 20) -> Fix:
    return Fix(latitude=latitude, longitude=longitude, accuracy_m=accuracy_m, captured_at=NOON)
