"""Refused work on the screen: done again, edited, kept as a file, put away."""

import json

from sqlmodel import select

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueReport
from field_app.domain.offers import AssignmentAccept
from field_app.store import mirror
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow
from tests.support.field import ANA, NOON, a_shift, an_envelope
from tests.support.world import the_event
from tests.views.conftest import App, OpenApp
from tests.views.field_day import SHELF

RUNNING = the_event(status=EventStatus.IN_PROGRESS)
AT_WORK = a_shift(status=AssignmentStatus.CHECKED_IN, check_in_time=NOON)
RECORDS = [*SHELF, RUNNING, AT_WORK]
REPORT = IssueReport(
    event_instance_id=RUNNING.id,
    issue_type=IssueType.SAFETY,
    description="The exit is blocked.",
    severity=Severity.HIGH,
)


async def refuse(app: App) -> None:
    """Let Ana report, and the server refuse; the report leaves the mirror."""
    issue_id = an_envelope(REPORT, RUNNING.id).stamp.operation_id
    await app.runtime.perform(issue_id, REPORT)

    def settle(session: mirror.Session) -> None:
        row = session.exec(select(OutboxRow)).one()
        row.status, row.code, row.decided_at = "refused", "unknown_target", NOON
        mirror.rewind(session)

    app.runtime.store.write(settle)
    await app.until("This no longer exists")


async def test_a_refused_report_becomes_a_draft_again(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/sync") as app:
        await refuse(app)

        await app.tap("Edit")
        await app.until("Your report is a draft again.")
        assert app.route == "/issues"
        await app.tap("Report a problem")
        await app.until("Discard this draft")
        await app.type_into("What happened?", "The exit is blocked by boxes.")
        await app.confirm("Send")
        await app.until("Reported. Saved on this device.")

        first, second = app.operations()
        assert (second[0], second[1]["description"]) == (
            "issue.report",
            "The exit is blocked by boxes.",
        )
        assert second[1]["severity"] == first[1]["severity"] == "high"
        rows = app.runtime.store.read(lambda s: s.exec(select(OutboxRow)).all())
        assert [row.dismissed_at is not None for row in rows] == [True, False]
        assert rows[0].target_id != rows[1].target_id


async def test_refused_work_is_done_again_as_a_new_operation(open_the_app: OpenApp) -> None:
    offered = a_shift()
    async with open_the_app(*SHELF, RUNNING, offered, route="/sync") as app:
        await app.runtime.perform(offered.id, AssignmentAccept())

        def settle(session: mirror.Session) -> None:
            row = session.exec(select(OutboxRow)).one()
            row.status, row.code, row.decided_at = "refused", "depends_on_refused", NOON
            mirror.rewind(session)

        app.runtime.store.write(settle)
        await app.until("This builds on an earlier step that was refused.")
        await app.tap("Do it again")
        await app.until("Done again. Saved on this device.")

        rows = app.runtime.store.read(lambda s: s.exec(select(OutboxRow)).all())
        assert [(row.kind, row.status) for row in rows] == [
            ("assignment.accept", "refused"),
            ("assignment.accept", "pending"),
        ]
        assert rows[0].operation_id != rows[1].operation_id
        assert rows[0].dismissed_at is not None


async def test_a_copy_of_refused_work_can_be_kept(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/sync") as app:
        await refuse(app)

        await app.tap("Save a copy")
        await app.until("A copy was saved.")

        ((name, content),) = app.device.saved.items()
        assert name.startswith("refused-issue.report-")
        kept = json.loads(content)
        assert kept["operation"]["payload"]["description"] == "The exit is blocked."
        assert kept["refused"] == "This no longer exists, or you can no longer see it."
        assert app.says("Dismiss")


async def test_a_report_about_the_device_is_saved_without_anything_private(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*RECORDS, route="/sync") as app:
        await app.runtime.perform(an_envelope(REPORT, RUNNING.id).stamp.operation_id, REPORT)
        await app.tap("Save a report about this device")
        await app.until("Saved. It holds no positions, names or texts")

        told = json.loads(app.device.saved["fieldkit-device.json"])
        assert [operation["kind"] for operation in told["operations"]] == ["issue.report"]
        assert "blocked" not in json.dumps(told)
        assert told["operations"][0]["author_id"] == str(ANA.id)


async def test_a_damaged_file_is_spoken_of_once(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/sync") as app:
        app.runtime.store.put_setting(Setting.SALVAGED, 2)
        await app.until("The data on this device was damaged")
        await app.until("2 things you did were kept.")

        await app.tap("Dismiss")

        await app.until_gone("The data on this device was damaged")
        assert app.runtime.store.get_setting(Setting.SALVAGED) is None
