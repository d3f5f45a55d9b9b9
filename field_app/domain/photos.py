"""Which photos an operation names, and to which issue they belong."""

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


def issue_of(envelope: Envelope) -> UUID:
    """The issue that an operation with photos is about, or opens by itself."""
    if envelope.operation.kind.startswith("issue."):
        return envelope.target_id
    return issue_id(envelope.stamp.operation_id)
