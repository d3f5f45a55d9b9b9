"""The file for the office tells how a device is doing, and nothing private."""

import json
from pathlib import Path

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.store import diagnostics
from field_app.store.settings import Setting
from field_app.store.status import SyncPhase, SyncStatus
from tests.support.field import NOON, a_fix, a_shift, a_store, an_envelope, an_event

PRIVATE = ("40.74", "-74.006", "The power is out", "Ana Castillo", "secret-token", "ana@")


def test_states_and_counts_are_told_and_nothing_private(tmp_path: Path) -> None:
    shift = a_shift(status=AssignmentStatus.ACCEPTED)
    store = a_store(tmp_path, an_event(), shift)
    store.put_setting(Setting.PERSON, '{"name": "Ana Castillo", "email": "ana@example.org"}')
    (tmp_path / "token.secret").write_text("secret-token")
    store.perform(an_envelope(AssignmentCheckIn(location=a_fix(), reason="Rain"), shift.id))
    report = IssueReport(
        event_instance_id=an_event().id,
        issue_type=IssueType.VENUE,
        description="The power is out.",
        severity=Severity.LOW,
        photos=(NewPhoto(sha256="a" * 64, bytes=1000),),
    )
    envelope = an_envelope(report, an_envelope(report, shift.id).stamp.operation_id)
    store.perform(envelope)
    status = SyncStatus(SyncPhase.OFFLINE, NOON)

    told = store.read(lambda s: diagnostics.bundle(s, tmp_path, status, "1.0", NOON))

    text = json.dumps(told)
    assert [word for word in (*PRIVATE, "Rain") if word in text] == []
    assert [(o["kind"], o["status"]) for o in told["operations"]] == [
        ("assignment.check_in", "pending"),
        ("issue.report", "pending"),
    ]
    assert told["photos"][0]["bytes"] == "1000"
    assert told["rows"]["staff_assignments"] == 1
    assert told["sync"]["phase"] == "offline"
    assert told["files"]["field.db"] > 0
