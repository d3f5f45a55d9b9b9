"""Issues where they are mentioned: at a shift, an event, a kit."""

from collections.abc import Callable

import flet as ft

from field_app.domain.issue import EventIssue
from field_app.views import words
from field_app.views.hooks import guarded
from field_app.views.language import tr
from field_app.views.parts.buttons import secondary
from field_app.views.parts.surfaces import row


def problem_row(issue: EventIssue) -> ft.Control:
    page = ft.context.page
    return row(
        words.shorten(issue.description),
        words.issue_state(issue),
        on_click=lambda _: page.navigate(f"/issues/{issue.id}"),
        key=str(issue.id),
    )


def report_button(report: Callable[[], None]) -> ft.Control:
    said = tr("Report a problem")
    return secondary(said, guarded(lambda _: report()), icon=ft.Icons.ADD_ALERT)
