"""A kit as a row: which, where it is needed, who has it."""

import datetime as dt

import flet as ft

from field_app.domain.kit import KitStatus
from field_app.store.kit_queries import Handling, Need
from field_app.views import words
from field_app.views.hooks import AppContext
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
ACTS = {
    "check_out": "Handed out",
    "hand_over": "Handed on",
    "return": "Returned",
    "settle": "Settled by a manager",
}


def kit_chip(need: Need, now: dt.datetime) -> ft.Control:
    if need.is_disputed:
        return chip("Disputed", Tone.BAD, ft.Icons.REPORT_PROBLEM)
    if need.is_overdue(now):
        return chip("Overdue", Tone.BAD, ft.Icons.RUNNING_WITH_ERRORS)
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
    title = need.booking.title if need.booking else "Event"
    return f"{title} \u00b7 {words.when(need.event, need.place, app.device.now())}"


def kit_whereabouts(need: Need) -> str:
    """Who has it, or what kind of kit it is."""
    kind = need.template.name if need.template else "Kit"
    if need.is_out:
        holder = need.holder.name if need.holder else "somebody else"
        return f"{kind}, with {holder}" if need.instance else f"With {holder}"
    return kind if need.instance else "No kit chosen yet"


def handling_row(app: AppContext, handling: Handling, zone: dt.tzinfo) -> ft.Control:
    entry = handling.entry
    said = ACTS[entry.act.value]
    if handling.holder:
        said += f" to {handling.holder}"
    how = "scanned" if entry.entry.value == "scan" else "typed"
    at = words.day_and_clock(entry.occurred_at, zone, app.device.now())
    about = f"{at} \u00b7 by {handling.by or 'somebody'}, {how}"
    if entry.inferred:
        about += ", inferred"
    if entry.condition:
        about += f"\nCondition: {entry.condition}"
    if entry.notes:
        about += f"\n{entry.notes}"
    return row(said, about, key=str(entry.id))
