"""What happened to an issue, in order, and what this device still has on its way."""

import datetime as dt

import flet as ft

from field_app.domain.issue import IssueAct
from field_app.store.issue_queries import Happening, Issue
from field_app.store.outbox import PENDING
from field_app.store.tables import OutboxRow
from field_app.views import moments, words
from field_app.views.hooks import AppContext
from field_app.views.language import tr
from field_app.views.parts.surfaces import row, section
from field_app.views.parts.timeline import timeline
from field_app.views.parts.work_state import work_chip


def issue_timeline(
    app: AppContext, about: Issue, zone: dt.tzinfo, work: list[OutboxRow]
) -> ft.Control:
    """Old issues have no entries: what their own columns say stands in for them."""
    lines = [_line(app, each, zone) for each in about.entries] or _from_columns(app, about, zone)
    sync = app.acts.status
    lines += [
        row(
            words.kind(done.kind),
            tr(
                "By you, {occurred_at}",
                occurred_at=moments.day_and_clock(done.occurred_at, zone, app.device.now()),
            ),
            below=[work_chip(done, sync, zone)],
            key=str(done.operation_id),
        )
        for done in work
        if done.status == PENDING or done.code
    ]
    return section(tr("What happened"), [timeline(lines)])


def _line(app: AppContext, happening: Happening, zone: dt.tzinfo) -> ft.Control:
    entry = happening.entry
    said = words.ISSUE_ACT[entry.act]
    if entry.act is IssueAct.SET_SEVERITY and entry.severity:
        said = f"{said}: {words.SEVERITY[entry.severity]}"  # type: ignore[index]
    at = moments.day_and_clock(entry.occurred_at, zone, app.device.now())
    by = happening.by.name if happening.by else tr("somebody")
    parts = [tr("{at} \u00b7 by {by}", at=at, by=by)]
    if happening.owner and happening.owner != happening.by:
        parts.append(tr("Handed to {name}", name=happening.owner.name))
    if entry.note:
        parts.append(entry.note)
    return row(said, "\n".join(parts), key=str(entry.id))


def _from_columns(app: AppContext, about: Issue, zone: dt.tzinfo) -> list[ft.Control]:
    issue, now = about.issue, app.device.now()
    by = about.reporter.name if about.reporter else tr("somebody")
    at = f"{moments.day_and_clock(issue.created_at, zone, now)} \u00b7 " if issue.created_at else ""
    lines = [row(tr("Reported"), tr("{at}by {by}", at=at, by=by))]
    if issue.resolved_at:
        who = about.resolver.name if about.resolver else tr("somebody")
        when = moments.day_and_clock(issue.resolved_at, zone, now)
        lines.append(
            row(
                tr("Resolved"),
                tr(
                    "{when} \u00b7 by {who}\n{resolution}",
                    when=when,
                    who=who,
                    resolution=issue.resolution or "",
                ).rstrip(),
            )
        )
    return lines
