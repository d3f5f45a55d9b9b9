"""Kits: find one by its serial number; what is in your hands, due back, disputed, needed."""

import datetime as dt
from dataclasses import dataclass

import flet as ft
from sqlmodel import Session

from field_app.domain.kit import Entry, KitInstance, KitStatus
from field_app.domain.serial import find_serials, label_text, looks_mistyped, normalize
from field_app.store import kit_queries
from field_app.store.kit_queries import Need
from field_app.views.form import use_form
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    screen,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import tr, trn
from field_app.views.parts.kit_card import kit_row
from field_app.views.parts.kit_forms import Handing
from field_app.views.parts.kit_sheets import KitSheets, use_kit_sheets
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.shell import PANE_WIDTH, use_room, use_screen
from field_app.views.parts.surfaces import (
    banner,
    buttons,
    empty,
    page_column,
    row,
    rows,
    secondary,
    section,
)
from field_app.views.theme import Tone

BACK = dt.timedelta(hours=6)
AHEAD = dt.timedelta(days=8)
SCANNED_WITHIN_S = 0.5
"""A scanner types a whole label faster than any thumb."""

GOING_OUT = {KitStatus.NEEDED, KitStatus.ASSIGNED, KitStatus.PREPARED}


@screen
def Kits() -> ft.View:
    room = use_room()
    if not room.is_side_by_side:
        return use_screen(tr("Kits"), KitList(width=room.pane_width), tab="/kits")
    hint = empty(ft.Icons.QR_CODE_SCANNER, tr("Type or scan a serial number, or choose a kit."))
    return use_screen(tr("Kits"), hint, tab="/kits", beside=KitList(width=PANE_WIDTH))


@dataclass(frozen=True)
class Shelves:
    """The lists of the screen, each need in the first that fits."""

    trouble: list[Need]
    mine: list[Need]
    due: list[Need]
    coming: list[Need]


def shelve(session: Session, me: object, now: dt.datetime) -> Shelves:
    out = kit_queries.needs_out(session)
    near = kit_queries.needs_between(session, now - BACK, now + AHEAD)
    trouble = [n for n in out if n.is_disputed or n.is_overdue(now)]
    mine = [n for n in out if n.kit.holder_id == me and n not in trouble]
    due = [n for n in out if n not in trouble and n not in mine]
    coming = [n for n in near if n.kit.status in GOING_OUT]
    return Shelves(trouble, mine, due, coming)


@component
def KitList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    now = app.device.now()
    shelves = use_query(lambda session: shelve(session, me, now))
    sheets = use_kit_sheets()
    content: list[ft.Control] = [Refusals(), Finder(sheets=sheets)]
    for heading, needs in (
        (tr("Needs a look"), shelves.trouble),
        (tr("In your hands"), shelves.mine),
        (tr("Out"), shelves.due),
        (tr("Going out"), shelves.coming),
    ):
        if needs:
            content.append(section(heading, [rows([kit_row(app, need) for need in needs])]))
    if not shelves.mine and not shelves.trouble:
        nothing = tr("A kit that is handed to you appears here.")
        content.insert(2, empty(ft.Icons.WORK_OUTLINE, tr("No kit in your hands"), nothing))
    return page_column(content, width)


@dataclass(frozen=True)
class Search:
    """What stands in the field, and what came of the last Enter."""

    text: str = ""
    began_at: float = 0.0
    found: tuple[KitInstance, ...] = ()
    unknown: str | None = None


@component
def Finder(sheets: KitSheets) -> ft.Control:
    """A field that takes typing and a barcode scanner alike; Enter acts."""
    app = use_app()
    now = app.device.now()
    form = use_form(Search, Search())
    search = form.value or Search()
    known = use_query(kit_queries.kits)
    near = use_query(lambda s: kit_queries.needs_between(s, now - BACK, now + AHEAD))
    opening = _Opening(app, sheets, near)

    def write(event: ft.Event[ft.TextField]) -> None:
        search = form.value or Search()
        began_at = search.began_at if search.text else _seconds(app)
        form.open(Search(event.control.value, began_at))

    async def enter(event: ft.Event[ft.TextField]) -> None:
        search = form.value or Search()
        text = event.control.value or search.text
        serials = set(find_serials(text, [kit.serial_number for kit in known]))
        found = tuple(kit for kit in known if kit.serial_number in serials)
        if len(found) == 1:
            form.open(Search())
            opening.open(found[0], _entry(text, found[0], _seconds(app) - search.began_at))
        elif normalize(text):
            unknown = None if found else text.strip().upper()
            form.open(Search(text, search.began_at, found, unknown))
        await event.control.focus()  # type: ignore[no-untyped-call]  # for the next scan

    field = ft.TextField(
        label=tr("Serial number"),
        helper=tr("Scan the label, or type the last digits."),
        helper_max_lines=4,
        value=search.text,
        prefix_icon=ft.Icons.QR_CODE_SCANNER,
        on_change=guarded(write),
        on_submit=guarded(enter),
        autocorrect=False,
        enable_suggestions=False,
        capitalization=ft.TextCapitalization.CHARACTERS,
        max_length=60,
        counter="",
        autofocus=use_room().is_side_by_side,
    )
    return ft.Column(
        [field, *_results(search, opening)],
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@dataclass(frozen=True)
class _Opening:
    """Leads from a kit that was found to the sheet that fits it."""

    app: AppContext
    sheets: KitSheets
    near: list[Need]

    def open(self, kit: KitInstance, entry: Entry) -> None:
        needs = self.app.acts.store.read(lambda s: kit_queries.needs_for_kit(s, kit))
        out = [n for n in needs if n.is_out and n.kit.kit_instance_id == kit.id]
        if out:
            self.sheets.open(Handing("return", out[-1].id, entry=entry))
            return
        now = self.app.device.now()
        going = [n for n in needs if n.kit.status in GOING_OUT and n.event.ends_at > now - BACK]
        chosen = [n for n in going if n.kit.kit_instance_id == kit.id] or going
        if chosen:
            self.sheets.open(Handing("check_out", chosen[0].id, instance=kit, entry=entry))
        elif needs:
            ft.context.page.navigate(f"/kits/{needs[-1].id}")
        else:
            self.open_unknown(kit.serial_number)

    def open_unknown(self, serial: str) -> None:
        """Keep it with the first need near now that has no kit yet."""
        if need := self.waiting:
            self.sheets.open(Handing("check_out", need.id, serial=serial))

    @property
    def waiting(self) -> Need | None:
        going = [n for n in self.near if n.kit.status in GOING_OUT]
        return next((n for n in going if n.instance is None), going[0] if going else None)


def _results(search: Search, opening: _Opening) -> list[ft.Control]:
    if search.unknown is not None:
        return [_unknown(search.unknown, opening)]
    if not search.found:
        return []
    items = [
        row(
            kit.serial_number,
            None,
            on_click=guarded(lambda _, kit=kit: opening.open(kit, Entry.TYPED)),
            key=str(kit.id),
        )
        for kit in search.found[:20]
    ]
    return [section(trn("{count} kit fits", "{count} kits fit", len(search.found)), [rows(items)])]


def _unknown(serial: str, opening: _Opening) -> ft.Control:
    if looks_mistyped(serial):
        return banner(
            tr("The last character does not fit. Please look at the label again."), Tone.WARN
        )
    said = tr("{serial} is not in this phone's copy. Keep it anyway?", serial=serial)
    if opening.waiting is None:
        return banner(tr("{serial} is not in this phone's copy.", serial=serial), Tone.WARN)
    keep = secondary(tr("Keep and hand out"), guarded(lambda _: opening.open_unknown(serial)))
    return ft.Column([banner(said, Tone.WARN), buttons(keep)])


def _entry(text: str, kit: KitInstance, took_s: float) -> Entry:
    """A scan is a whole label, check character included, in less time than typing takes."""
    is_label = normalize(text) == normalize(label_text(kit.serial_number))
    return Entry.SCAN if is_label and took_s < SCANNED_WITHIN_S else Entry.TYPED


def _seconds(app: AppContext) -> float:
    return app.device.monotonic_ms() / 1000
