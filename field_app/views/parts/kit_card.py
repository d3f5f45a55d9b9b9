"""A kit as a row: which, where it is needed, who has it."""

import datetime as dt

import flet as ft

from field_app.domain.kit import Condition, KitStatus
from field_app.store.kit_queries import Handling, Need
from field_app.views import moments, words
from field_app.views.hooks import AppContext
from field_app.views.language import Said, mark, tr
from field_app.views.parts.surfaces import chip, row
from field_app.views.theme import Tone

TONES = {
    KitStatus.NEEDED: Tone.WARN,
    KitStatus.ASSIGNED: Tone.BUSY,
    KitStatus.PREPARED: Tone.BUSY,
    KitStatus.CHECKED_OUT: Tone.GOOD,
    KitStatus.RETURNED: Tone.NEUTRAL,
    KitStatus.ISSUE_REPORTED: Tone.BAD,
}
ICONS = {
    KitStatus.NEEDED: ft.Icons.HELP_OUTLINE,
    KitStatus.ASSIGNED: ft.Icons.BOOKMARK,
    KitStatus.PREPARED: ft.Icons.INVENTORY_2,
    KitStatus.CHECKED_OUT: ft.Icons.LOGOUT,
    KitStatus.RETURNED: ft.Icons.CHECK_CIRCLE,
    KitStatus.ISSUE_REPORTED: ft.Icons.ERROR,
}
ACTS = Said(
    {
        "check_out": mark("Handed out"),
        "hand_over": mark("Handed on"),
        "return": mark("Returned"),
        "settle": mark("Settled by a manager"),
    }
)


def kit_chip(need: Need, now: dt.datetime) -> ft.Control:
    if need.is_disputed:
        return chip(tr("Disputed"), Tone.BAD, ft.Icons.REPORT_PROBLEM)
    if need.is_overdue(now):
        return chip(tr("Overdue"), Tone.BAD, ft.Icons.RUNNING_WITH_ERRORS)
    return chip(words.KIT[need.kit.status], TONES[need.kit.status], ICONS[need.kit.status])


def kit_row(app: AppContext, need: Need) -> ft.Control:
    page = ft.context.page
    now = app.device.now()
    return row(
        need.name,
        f"{kit_whereabouts(need)}\n{kit_event(app, need)}",
        below=[kit_chip(need, now)],
        on_click=lambda _: page.navigate(f"/kits/{need.id}"),
        key=str(need.id),
    )


def kit_event(app: AppContext, need: Need) -> str:
    """The event it is for, and when."""
    title = need.booking.title if need.booking else tr("Event")
    return f"{title} \u00b7 {moments.when(need.event, need.place, app.device)}"


def kit_whereabouts(need: Need) -> str:
    """Who has it, or what kind of kit it is."""
    kind = need.template.name if need.template else tr("Kit")
    if need.is_out:
        holder = need.holder.name if need.holder else tr("somebody else")
        return (
            tr("{kind}, with {holder}", kind=kind, holder=holder)
            if need.instance
            else tr("With {holder}", holder=holder)
        )
    return kind if need.instance else tr("No kit chosen yet")


def handling_row(app: AppContext, handling: Handling, zone: dt.tzinfo) -> ft.Control:
    entry = handling.entry
    said = ACTS[entry.act.value]
    if handling.holder:
        said = tr("{said} to {holder}", said=said, holder=handling.holder)
    how = tr("scanned") if entry.entry.value == "scan" else tr("typed")
    at = moments.day_and_clock(entry.occurred_at, zone, app.device.now())
    about = tr("{at} \u00b7 by {who}, {how}", at=at, who=handling.by or tr("somebody"), how=how)
    if entry.inferred:
        about += tr(", inferred")
    if entry.condition:
        about += "\n" + tr(
            "Condition: {condition}", condition=words.CONDITION[Condition(entry.condition)]
        )
    if entry.notes:
        about += f"\n{entry.notes}"
    return row(said, about, key=str(entry.id))
