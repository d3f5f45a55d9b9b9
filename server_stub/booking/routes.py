"""`/v1/admin/bookings`: what internal admins do with bookings, over HTTP."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from field_app.domain.booking import BookingStatus
from field_app.domain.person import Role
from field_app.domain.refusals import RefusalCode
from field_app.domain.text import Reason
from field_app.domain.wire import Message
from server_stub.bodies import parse
from server_stub.booking import approval
from server_stub.booking.approval import NotPossible
from server_stub.problems import ProblemError
from server_stub.routes import CallerDep, PartsDep, body_of
from server_stub.tokens import Caller

router = APIRouter(prefix="/v1/admin/bookings")

STATUS = {RefusalCode.NOT_ALLOWED: 403, RefusalCode.UNKNOWN_TARGET: 404}


class Transition(Message):
    to_state: BookingStatus
    reason: Reason | None = None


def admin(caller: CallerDep) -> Caller:
    """Nobody but an internal admin; which bookings are theirs is for the rules to say."""
    if caller.person.role is not Role.INTERNAL_ADMIN:
        raise ProblemError(403)
    return caller


AdminDep = Annotated[Caller, Depends(admin)]


@router.get("/{booking_id}/preview")
def preview(booking_id: UUID, parts: PartsDep, caller: AdminDep) -> dict[str, Any]:
    """The events that approving would make."""
    try:
        series = approval.preview(parts.engine, booking_id, actor=caller.actor)
    except NotPossible as error:
        raise _problem(error) from error
    return {
        "events": [asdict(planned) for planned in series.events],
        "cancelled": series.cancelled,
        "notes": series.notes,
        "open_ended": series.is_open_ended,
    }


@router.post("/{booking_id}/transition")
async def transition(
    booking_id: UUID, request: Request, parts: PartsDep, caller: AdminDep
) -> dict[str, Any]:
    """Move a booking on. Asking again for the state it has changes nothing but what is missing."""
    asked = parse(Transition, await body_of(request, parts))
    try:
        outcome = await run_in_threadpool(
            approval.move, parts.engine, caller.actor, booking_id, asked.to_state, asked.reason
        )
    except NotPossible as error:
        raise _problem(error) from error
    return asdict(outcome)


def _problem(error: NotPossible) -> ProblemError:
    status = STATUS.get(error.code, 409) if error.code else 409
    return ProblemError(status, error.code or "not_possible", str(error))
