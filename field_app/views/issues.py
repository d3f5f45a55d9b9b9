"""Issues: what is open, worst first, and the way to report something."""

from dataclasses import dataclass

import flet as ft

from field_app.domain.issue import IssueStatus, Severity
from field_app.store import issue_queries
from field_app.store.issue_queries import ALL, MINE, OPEN, Issue
from field_app.views import moments, words
from field_app.views.form import use_form
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import tr, trc
from field_app.views.parts.buttons import buttons, choices, primary
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.long_list import Group, LongList, use_place
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.report_sheet import use_report_sheet
from field_app.views.parts.shell import PANE_WIDTH, Panes, Room
from field_app.views.parts.surfaces import chip, cut_off, empty, page_column, row, search_field
from field_app.views.theme import Tone

TONES = {
    IssueStatus.OPEN: Tone.WARN,
    IssueStatus.ACKNOWLEDGED: Tone.BUSY,
    IssueStatus.IN_PROGRESS: Tone.BUSY,
    IssueStatus.RESOLVED: Tone.GOOD,
    IssueStatus.CLOSED: Tone.NEUTRAL,
    IssueStatus.DUPLICATE: Tone.NEUTRAL,
}
SEVERITY_TONES = {
    Severity.LOW: Tone.NEUTRAL,
    Severity.MEDIUM: Tone.NEUTRAL,
    Severity.HIGH: Tone.WARN,
    Severity.CRITICAL: Tone.BAD,
}


def issues(room: Room) -> Panes:
    if not room.is_side_by_side:
        return Panes(IssueList(width=room.pane_width))
    hint = empty(ft.Icons.REPORT_OUTLINED, tr("Choose an issue, or report one."))
    return Panes(hint, beside=IssueList(width=PANE_WIDTH))


@dataclass(frozen=True)
class Search:
    text: str = ""


@component
def IssueList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    only, set_only = ft.use_state(OPEN)
    form = use_form(Search, Search())
    wanted = form.value.text if form.value else ""
    place, most = use_place("issues")
    asked = only, me, wanted, most
    found = use_query(lambda session: issue_queries.issues(session, *asked), asked)
    report = use_report_sheet()
    go = primary(tr("Report a problem"), guarded(lambda _: report(None)), icon=ft.Icons.ADD_ALERT)
    content: list[ft.Control] = [
        buttons(go),
        search_field(app, "/issues", wanted, form.on("text")),
        choices(_filters(), only, set_only),
    ]
    if found:
        listed = [Group(None, found, issue_row)]
        content.append(LongList(listed, place, cut_off(found), key=f"{only} {wanted}"))
    elif wanted:
        content.append(empty(ft.Icons.SEARCH_OFF, tr("Nothing fits “{words}”", words=wanted)))
    else:
        nothing = tr("What goes wrong at an event is reported here, with or without a signal.")
        content.append(Nothing(ft.Icons.CHECK_CIRCLE_OUTLINE, tr("Nothing reported"), nothing))
    return page_column(content, width, notices=[Refusals()], kept_as="issues")


def _filters() -> list[tuple[str, str]]:
    return [(OPEN, trc("several", "Open")), (MINE, tr("Mine")), (ALL, tr("All"))]


def issue_row(app: AppContext, each: Issue) -> ft.Control:
    page = ft.context.page
    when = moments.when(each.event, each.place, app.device)
    return row(
        words.shorten(each.issue.description),
        f"{words.ISSUE_TYPE[each.issue.issue_type]}\n{each.title} \u00b7 {when}",
        below=issue_chips(each),
        on_click=lambda _: page.navigate(f"/issues/{each.id}"),
        key=str(each.id),
    )


def issue_chips(each: Issue) -> list[ft.Control]:
    issue = each.issue
    chips = [
        chip(words.ISSUE[issue.status], TONES[issue.status], ft.Icons.REPORT_OUTLINED),
        chip(
            words.SEVERITY[issue.severity], SEVERITY_TONES[issue.severity], ft.Icons.FLAG_OUTLINED
        ),
    ]
    if each.photos:
        stored = sum(photo.state == "stored" for photo in each.photos)
        said = tr(
            "{stored} of {photos} photos at the office", stored=stored, photos=len(each.photos)
        )
        chips.append(chip(said, Tone.NEUTRAL, ft.Icons.PHOTO_OUTLINED))
    return chips
