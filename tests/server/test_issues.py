"""Issue reports on the server: from an agent's phone to the manager's, with the photos named."""

from typing import Any
from uuid import UUID, uuid4

from tests.server.conftest import SignIn
from tests.support.central import Central

PHOTO = {"sha256": "a" * 64, "bytes": 200_000, "taken_at": "2026-11-23T09:00:00Z"}


def a_report(event: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "event_instance_id": str(event),
        "issue_type": "venue",
        "description": "The power is out.",
        "severity": "high",
    } | changes


def test_a_report_reaches_the_manager_with_its_photos_named(
    central: Central, sign_in: SignIn, dana: UUID, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    central.db.execute("UPDATE event_instances SET status = 'in_progress'")
    phone, issue = sign_in(ana), uuid4()

    report = phone.envelope("issue.report", issue, a_report(event, photos=[PHOTO]))
    (verdict,) = phone.perform(report)

    assert verdict["status"] == "applied", verdict
    desk = sign_in(dana)
    desk.sync_all()
    (seen,) = desk.rows("event_issues")
    assert (seen["description"], seen["status"]) == ("The power is out.", "open")
    (photo,) = desk.rows("issue_photos")
    assert (photo["sha256"], photo["state"], photo["bytes"]) == ("a" * 64, "missing", 200_000)
    assert photo["taken_at"] == "2026-11-23T09:00:00.000Z"
    assert central.status_of("event_instances", event) == "issue_reported"


def test_a_second_copy_of_a_report_and_of_a_photo_changes_nothing(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    phone, issue = sign_in(ana), uuid4()

    for _ in range(2):
        phone.perform(phone.envelope("issue.report", issue, a_report(event, photos=[PHOTO])))
        verdicts = phone.perform(phone.envelope("issue.add_photo", issue, {"photo": PHOTO}))

    assert verdicts[0]["status"] == "noop"
    assert central.value("SELECT count(*) FROM event_issues") == 1
    assert central.value("SELECT count(*) FROM issue_photos") == 1


def test_a_link_to_something_that_is_not_there_does_not_stop_a_report(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana)
    phone = sign_in(ana)
    links = {"activity_id": str(uuid4()), "activity_kit_id": str(uuid4())}

    (verdict,) = phone.perform(phone.envelope("issue.report", uuid4(), a_report(event, **links)))

    assert verdict["status"] == "applied", verdict


def test_triage_follows_an_issue_to_its_end(
    central: Central, sign_in: SignIn, dana: UUID, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    central.db.execute("UPDATE event_instances SET status = 'in_progress'")
    phone, desk, issue = sign_in(ana), sign_in(dana), uuid4()
    phone.perform(phone.envelope("issue.report", issue, a_report(event)))

    for kind, payload in (
        ("issue.acknowledge", {}),
        ("issue.start", {}),
        ("issue.resolve", {"resolution": "Fuse replaced"}),
    ):
        (verdict,) = desk.perform(desk.envelope(kind, issue, payload))
        assert verdict["status"] == "applied", verdict

    phone.sync_all()
    (seen,) = phone.rows("event_issues")
    assert (seen["status"], seen["owner_id"], seen["resolution"]) == (
        "resolved",
        str(dana),
        "Fuse replaced",
    )
    assert central.status_of("event_instances", event) == "in_progress"
