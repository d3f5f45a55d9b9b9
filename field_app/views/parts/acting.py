"""Doing an operation from a screen, and saying what became of it."""

from uuid import UUID

from field_app.domain.decision import Refused
from field_app.domain.operations import Operation
from field_app.views import words
from field_app.views.hooks import AppContext, say
from field_app.views.language import tr


async def perform(
    app: AppContext, target_id: UUID, operation: Operation, said: str | None = None
) -> bool:
    """Whether it was saved here; the person is told either way."""
    refused = await app.acts.perform(target_id, operation)
    if isinstance(refused, Refused):
        say(words.refusal(refused.code))
        return False
    say(said or tr("Saved on this device."))
    return True
