"""Which photos an operation names, and what they show."""

from uuid import UUID

from field_app.domain.issues import NewPhoto
from field_app.domain.operations import Envelope
from field_app.domain.returns import issue_id


def photos_of(envelope: Envelope) -> tuple[NewPhoto, ...]:
    """The photos that an operation names; their bytes come by themselves."""
    operation = envelope.operation
    if (one := getattr(operation, "photo", None)) is not None:
        return (one,)
    named: tuple[NewPhoto, ...] = getattr(operation, "photos", ())
    return named


def subject_of(envelope: Envelope) -> UUID:
    """What they are photos of: a punched shift, or an issue, perhaps a new one of a kit."""
    if not envelope.operation.kind.startswith("kit."):
        return envelope.target_id
    return issue_id(envelope.stamp.operation_id)
