"""`sync-server booking`: look at a series, move a booking on, make the next events."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Engine, text

from field_app.domain.booking import BookingStatus
from field_app.domain.person import Actor
from server_stub.booking import approval
from server_stub.booking.approval import NotPossible, Outcome
from server_stub.booking.series import Planned
from server_stub.command import AsJson, connected, fail

app = typer.Typer(help="Bookings and their events.", no_args_is_help=True)

BookingId = Annotated[UUID, typer.Argument(help="The booking's id.")]
By = Annotated[str, typer.Option(help="E-mail of the internal admin who does it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the booking's trail.")]

WHO = text("SELECT id, role, organization_id FROM users WHERE lower(email) = lower(:email)")
PLAN = text("""
    UPDATE bookings SET starts_on = COALESCE(:starts_on, starts_on),
        event_start_time = COALESCE(:start, event_start_time),
        event_end_time = COALESCE(:end, event_end_time),
        location_id = COALESCE(:location, location_id),
        field_manager_id = COALESCE(
            (SELECT id FROM users WHERE lower(email) = lower(:manager)), field_manager_id)
    WHERE id = :booking
""")


@app.command()
def preview(booking_id: BookingId, as_json: AsJson = False) -> None:
    """Print the events that approving would make, and what to know about them."""
    with connected() as engine, _in_words():
        series = approval.preview(engine, booking_id)
    if as_json:
        for planned in series.events:
            typer.echo(json.dumps(_told(planned)))
        return
    for planned in series.events:
        told = _told(planned)
        exception = f"  {planned.exception}" if planned.exception else ""
        typer.echo(f"{told['date']}  {told['starts_at']}  {told['hours']:g} h{exception}")
    for key in series.cancelled:
        typer.echo(f"{key} was taken out.")
    for note in series.notes:
        typer.echo(f"Note: {note}.")
    ending = ", and goes on" if series.is_open_ended else ""
    typer.echo(f"{_events(len(series.events))}{ending}.")


@app.command()
def plan(
    booking_id: BookingId,
    starts_on: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    start: Annotated[dt.datetime | None, typer.Option(formats=["%H:%M"])] = None,
    end: Annotated[dt.datetime | None, typer.Option(formats=["%H:%M"])] = None,
    location: Annotated[UUID | None, typer.Option(help="The venue's id.")] = None,
    manager: Annotated[str | None, typer.Option(help="E-mail of who runs the events.")] = None,
) -> None:
    """Say when and where a booking takes place, where the booking system did not."""
    with connected() as engine:
        if manager is not None:
            _actor(engine, manager)
        values = {
            "booking": booking_id,
            "starts_on": starts_on.date() if starts_on else None,
            "start": start.time() if start else None,
            "end": end.time() if end else None,
            "location": location,
            "manager": manager,
        }
        with engine.begin() as connection:
            if connection.execute(PLAN, values).rowcount == 0:
                fail("There is no booking with this id.")
    typer.echo("Planned. `booking preview` shows the events.")


@app.command()
def submit(booking_id: BookingId, by: By) -> None:
    """Hand a draft in for review."""
    _move(booking_id, BookingStatus.PENDING, by)


@app.command()
def approve(booking_id: BookingId, by: By, as_json: AsJson = False) -> None:
    """Approve a booking and make its events; once more, and what is missing is made."""
    _move(booking_id, BookingStatus.APPROVED, by, as_json=as_json)


@app.command()
def reject(booking_id: BookingId, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Decline a booking."""
    _move(booking_id, BookingStatus.REJECTED, by, reason, as_json)


@app.command(name="request-changes")
def request_changes(booking_id: BookingId, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Send a booking back to its client."""
    _move(booking_id, BookingStatus.CHANGES_REQUESTED, by, reason, as_json)


@app.command()
def cancel(booking_id: BookingId, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Call a booking off: events that have not begun are cancelled, what was worked stays."""
    _move(booking_id, BookingStatus.CANCELLED, by, reason, as_json)


@app.command()
def complete(booking_id: BookingId, by: By, as_json: AsJson = False) -> None:
    """Close a booking whose events are all over."""
    _move(booking_id, BookingStatus.COMPLETED, by, as_json=as_json)


@app.command()
def extend(by: By, as_json: AsJson = False) -> None:
    """Make the events of the next 180 days of every booking without an end."""
    with connected() as engine, _in_words():
        outcomes = approval.extend(engine, _actor(engine, by))
    for outcome in outcomes:
        _say(outcome, as_json)
    if not outcomes and not as_json:
        typer.echo("Nothing to add.")


def _move(
    booking_id: UUID,
    to_state: BookingStatus,
    by: str,
    reason: str | None = None,
    as_json: bool = False,
) -> None:
    with connected() as engine, _in_words():
        outcome = approval.move(engine, _actor(engine, by), booking_id, to_state, reason)
    _say(outcome, as_json)


def _say(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(outcome), default=str))
        return
    typer.echo(f"{outcome.title} is {outcome.status}.")
    for number, what in (
        (len(outcome.created), "made"),
        (len(outcome.changed), "changed"),
        (len(outcome.cancelled), "cancelled"),
        (len(outcome.kept), "left alone: there are offers, kits or work"),
    ):
        if number:
            typer.echo(f"{_events(number)} {what}.")
    for note in outcome.notes:
        typer.echo(f"Note: {note}.")


def _events(number: int) -> str:
    return f"{number} event{'' if number == 1 else 's'}"


def _told(planned: Planned) -> dict[str, object]:
    made = planned.occurrence
    return {
        "key": made.key,
        "date": made.date.isoformat(),
        "starts_at": made.starts_at.isoformat(),
        "ends_at": made.ends_at.isoformat(),
        "hours": (made.ends_at - made.starts_at).total_seconds() / 3600,
        "exception": planned.exception,
        "notes": list(made.notes),
    }


def _actor(engine: Engine, email: str) -> Actor:
    with engine.connect() as connection:
        row = connection.execute(WHO, {"email": email}).first()
    if row is None:
        fail(f"Nobody here has the e-mail {email}.")
    return Actor(id=row.id, role=row.role, organization_id=row.organization_id)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except NotPossible as error:
        fail(str(error))
