"""Moving bookings on, and making their events in the same transaction."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, text

from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking, BookingStatus
from field_app.domain.bookings import BookingTransition
from field_app.domain.clock import OFFICE, ClockGrade, ClockReading, Stamp
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventInstance, EventStatus, administers
from field_app.domain.kit import ActivityKit
from field_app.domain.operations import Envelope, decide
from field_app.domain.person import Actor
from field_app.domain.records import Record
from field_app.domain.refusals import SENTENCES, RefusalCode
from server_stub.booking.recurrence import MOST_EVENTS, InvalidPattern
from server_stub.booking.series import Planned, Series, orders, plan
from server_stub.judge import UnitOfWork
from server_stub.transactions import TRIES, certain, is_transient
from server_stub.world import CentralWorld, LostRace

EVENTS_OF = text("SELECT id FROM event_instances WHERE booking_id = :booking")
GONE = text("""
    SELECT occurrence_key FROM event_instances
    WHERE booking_id = :booking AND deleted_at IS NOT NULL
""")
OPEN_ENDED = text("""
    SELECT id FROM bookings WHERE status = 'approved' AND deleted_at IS NULL
        AND event_generation_status = 'open_ended' ORDER BY id
""")


class NotPossible(Exception):
    """The booking stays as it is; the message is a sentence."""

    def __init__(self, sentence: str, code: RefusalCode | None = None) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass
class Outcome:
    """What became of a booking and its events, by occurrence key."""

    booking_id: UUID
    title: str
    status: str
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Not as the booking has them by now, but somebody has an offer, a kit or work there."""
    notes: list[str] = field(default_factory=list)


def preview(
    engine: Engine, booking_id: UUID, now: dt.datetime | None = None, actor: Actor | None = None
) -> Series:
    """What approving would make. Raises NotPossible, in words; changes nothing.

    An actor is told of the bookings they administer; the operator, who is none, of all.
    """
    with engine.connect() as connection:
        world = CentralWorld(connection)
        booking = world.find(Booking, booking_id)
        if booking is None or (actor and not administers(actor, booking, world)):
            raise NotPossible("There is no booking with this id.", RefusalCode.UNKNOWN_TARGET)
        return _series(world, booking, now or _now())


def move(
    engine: Engine,
    actor: Actor,
    booking_id: UUID,
    to_state: BookingStatus,
    reason: str | None = None,
    now: dt.datetime | None = None,
) -> Outcome:
    """Move a booking on. Approving makes its events; approving again makes what is missing.

    Raises NotPossible.
    """
    try:
        operation = BookingTransition(to_state=to_state, reason=reason)
    except ValidationError as error:
        raise NotPossible("A reason must say something, in at most 500 characters.") from error
    envelope = _envelope(operation, actor, booking_id, now or _now())
    for _ in range(TRIES):
        try:
            with certain(engine) as connection:
                return _move(connection, envelope, operation)
        except LostRace:
            continue
        except Exception as error:
            if not is_transient(error):
                raise
    raise NotPossible("Somebody else is changing this booking; try again.")


def extend(engine: Engine, actor: Actor, now: dt.datetime | None = None) -> list[Outcome]:
    """Make the next events of every booking without an end."""
    with engine.connect() as connection:
        ids = list(connection.execute(OPEN_ENDED).scalars())
    outcomes = [move(engine, actor, each, BookingStatus.APPROVED, now=now) for each in ids]
    return [each for each in outcomes if each.created]


def _move(connection: Connection, envelope: Envelope, operation: BookingTransition) -> Outcome:
    unit = UnitOfWork(connection)
    booking_id = envelope.target_id
    events = list(connection.execute(EVENTS_OF, {"booking": booking_id}).scalars())
    unit.world.lock(targets=[(Booking.table, booking_id)], events=events)
    decision = decide(envelope, unit.world)
    if isinstance(decision, Refused):
        raise NotPossible(SENTENCES[decision.code], decision.code)
    booking = unit.world.find(Booking, booking_id)
    assert booking is not None
    records = list(decision.records) if isinstance(decision, Accepted) else []
    moved = next((r for r in records if isinstance(r, Booking)), booking)
    outcome = Outcome(booking_id, booking.title, moved.status.value)
    if operation.to_state is BookingStatus.APPROVED:
        made = _generate(unit.world, moved, envelope.stamp.occurred_at, outcome)
        records = [r for r in records if r is not moved] + made
    else:
        outcome.cancelled = [
            r.occurrence_key or str(r.id) for r in records if isinstance(r, EventInstance)
        ]
    unit.carry_out(envelope, Accepted.of(records) if records else Noop())
    unit.flush()
    return outcome


def _series(world: CentralWorld, booking: Booking, now: dt.datetime) -> Series:
    """At most 400 events more than there are already."""
    made = world.connection.execute(EVENTS_OF, {"booking": booking.id}).all()
    order = orders(world.connection, [booking])[booking.id]
    try:
        return plan(order, now, MOST_EVENTS + len(made))
    except InvalidPattern as error:
        raise NotPossible(str(error)) from error


def _generate(
    world: CentralWorld, booking: Booking, now: dt.datetime, outcome: Outcome
) -> list[Record]:
    """The booking's events as they shall be, where nobody has touched them, and its counters."""
    series = _series(world, booking, now)
    events = world.where(EventInstance, booking_id=booking.id)
    by_key = {event.occurrence_key: event for event in events if event.occurrence_key}
    gone = set(world.connection.execute(GONE, {"booking": booking.id}).scalars())
    records: list[Record] = []
    for planned in series.events:
        key = planned.occurrence.key
        if key in gone:
            continue
        before = by_key.pop(key, None)
        after = event_of(booking, planned) if before is None else _as_planned(before, planned)
        if before is None:
            outcome.created.append(key)
            records.append(after)
        elif after != before:
            _keep_or(world, before, after, now, records, outcome.changed, outcome.kept)
    for event in by_key.values():
        if event.status is EventStatus.SCHEDULED and event.starts_at > now:
            off = event.revise(status=EventStatus.CANCELLED)
            _keep_or(world, event, off, now, records, outcome.cancelled, outcome.kept)
    outcome.notes = series.notes
    return [*_counted(booking, events, records, series, now, bool(outcome.created)), *records]


def _keep_or(
    world: CentralWorld,
    before: EventInstance,
    after: EventInstance,
    now: dt.datetime,
    records: list[Record],
    done: list[str],
    kept: list[str],
) -> None:
    """Change an event, unless it has begun or somebody has an offer, a kit or work there."""
    is_touched = (
        before.status is not EventStatus.SCHEDULED
        or before.starts_at <= now
        or bool(world.where(StaffAssignment, event_instance_id=before.id))
        or bool(world.where(ActivityKit, event_instance_id=before.id))
    )
    key = before.occurrence_key or str(before.id)
    if is_touched:
        kept.append(key)
        return
    done.append(key)
    records.append(after)


def event_of(booking: Booking, planned: Planned) -> EventInstance:
    """A new event; the same booking and occurrence make the same one."""
    made = planned.occurrence
    return EventInstance(
        id=uuid5(booking.id, made.key),
        booking_id=booking.id,
        occurrence_key=made.key,
        date=made.date,
        start_time=made.start_time,
        end_time=made.end_time,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        location_id=planned.location_id,
        field_manager_id=planned.field_manager_id,
    ).revise(**planned.texts)


def _as_planned(event: EventInstance, planned: Planned) -> EventInstance:
    """What the booking decides; the manager only where an exception says so, once it is made."""
    made = planned.occurrence
    changes: dict[str, object] = {
        "date": made.date,
        "start_time": made.start_time,
        "end_time": made.end_time,
        "starts_at": made.starts_at,
        "ends_at": made.ends_at,
        "location_id": planned.location_id,
        **planned.texts,
    }
    if planned.exception == "edited":
        changes["field_manager_id"] = planned.field_manager_id
    return event.revise(**changes)


def _counted(
    booking: Booking,
    events: list[EventInstance],
    records: list[Record],
    series: Series,
    now: dt.datetime,
    has_made: bool,
) -> list[Record]:
    changed = {r.id: r for r in records if isinstance(r, EventInstance)}
    dates = [each.date for each in ({e.id: e for e in events} | changed).values()]
    counted = booking.revise(
        event_generation_status="open_ended" if series.is_open_ended else "generated",
        event_count=len(dates),
        last_event_generated_at=now if has_made else booking.last_event_generated_at,
        series_start_date=min(dates, default=None),
        series_end_date=max(dates, default=None),
    )
    return [counted]


def _envelope(
    operation: BookingTransition, actor: Actor, booking_id: UUID, now: dt.datetime
) -> Envelope:
    clock = ClockReading(device_at=now, offset_ms=0, grade=ClockGrade.HIGH)
    stamp = Stamp(
        operation_id=uuid4(),
        actor=actor,
        device_id=OFFICE,
        occurred_at=now,
        received_at=now,
        clock=clock,
    )
    return Envelope(
        stamp=stamp, seq=0, target_id=booking_id, time_zone_offset_min=0, operation=operation
    )


def _now() -> dt.datetime:
    now = dt.datetime.now(dt.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
