"""What somebody has begun to write and not sent yet: kept through a kill, forgotten when sent."""

from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.issues import NewPhoto
from field_app.store import settings
from field_app.store.mirror import MirrorWorld


class IssueDraft(BaseModel, frozen=True):
    """A report in the making. `issue_id` is the new issue's, so that sending it twice is once."""

    issue_id: UUID
    event_id: UUID | None = None
    issue_type: IssueType | None = None
    severity: Severity = Severity.MEDIUM
    text: str = ""
    photos: tuple[NewPhoto, ...] = ()


def save(session: Session, author_id: UUID, draft: IssueDraft) -> None:
    settings.put(session, _name(author_id), draft.model_dump_json())


def load(session: Session, author_id: UUID) -> IssueDraft | None:
    """None where there is none, or one of an older app that cannot be read any more.

    One that was sent is none either, though it may be kept for a moment longer, or by a kill.
    """
    saved = settings.get(session, _name(author_id))
    try:
        draft = IssueDraft.model_validate_json(saved) if saved else None
    except ValidationError:
        return None
    return None if draft and MirrorWorld(session).find(EventIssue, draft.issue_id) else draft


def forget(session: Session, author_id: UUID) -> None:
    settings.put(session, _name(author_id), None)


def _name(author_id: UUID) -> str:
    return f"issue_draft:{author_id}"
