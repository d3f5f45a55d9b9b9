"""Kits: find one by its serial number; what is in your hands, due back, disputed, needed."""

from dataclasses import dataclass

import flet as ft
from sqlmodel import Session

from field_app.domain.kit import Entry, KitInstance
from field_app.domain.serial import label_text, looks_mistyped, normalize
from field_app.store import kit_queries
from field_app.store.kit_queries import BACK, GOING_OUT, Need, Shelves
from field_app.store.queries import LIST_LIMIT
from field_app.views.form import entered, use_form
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    this_minute,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import tr, trn
from field_app.views.parts.buttons import buttons, secondary
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.kit_card import kit_row
from field_app.views.parts.kit_forms import Handing
from field_app.views.parts.kit_sheets import KitSheets, use_kit_sheets
from field_app.views.parts.long_list import Group, LongList, use_place
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.shell import PANE_WIDTH, Panes, Room, use_room
from field_app.views.parts.surfaces import (
    banner,
    cut_off,
    empty,
    page_column,
    row,
    rows,
    section,
    small,
)
from field_app.views.theme import Tone

SCANNED_WITHIN_S = 0.5
"""A scanner types a whole label faster than any thumb."""


def kits(room: Room) -> Panes:
    if not room.is_side_by_side:
        return Panes(KitList(width=room.pane_width))
    hint = empty(ft.Icons.QR_CODE_SCANNER, tr("Type or scan a serial number, or choose a kit."))
    return Panes(hint, beside=KitList(width=PANE_WIDTH))


@component
def KitList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    now = this_minute(app)
    place, most = use_place("kits")
    shelves = use_query(lambda session: kit_queries.shelves(session, me, now, most), me, now, most)
    sheets = use_kit_sheets()
    content: list[ft.Control] = [Finder(sheets=sheets)]
    if not shelves.mine and not shelves.trouble:
        nothing = tr("A kit that is handed to you appears here.")
        content.append(Nothing(ft.Icons.WORK_OUTLINE, tr("No kit in your hands"), nothing))
    if len(shelves):
        end = []
        if len(shelves) >= LIST_LIMIT:
            end = [small(tr("More kits than fit here. Find the others by what you know."))]
        content.append(LongList(_groups(shelves), place, end))
    return page_column(content, width, notices=[Refusals()], kept_as="kits")


def _groups(shelves: Shelves) -> list[Group]:
    return [
        Group(tr("Needs a look"), shelves.trouble, kit_row),
        Group(tr("In your hands"), shelves.mine, kit_row),
        Group(tr("Out"), shelves.out, kit_row),
        Group(tr("Going out"), shelves.coming, kit_row),
    ]


@dataclass(frozen=True)
class Search:
    """What stands in the field, and what came of the last Enter."""

    text: str = ""
    began_at: float = 0.0
    found: tuple[KitInstance, ...] = ()
    matching: tuple[Need, ...] = ()
    """Where no number fits: by kind, holder or event."""
    unknown: str | None = None


def _find(session: Session, text: str) -> tuple[tuple[KitInstance, ...], tuple[Need, ...]]:
    found = tuple(kit_queries.find_kits(session, text))
    matching = () if found or len(text.strip()) < 2 else kit_queries.matching(session, text)
    return found, tuple(matching)


@component
def Finder(sheets: KitSheets) -> ft.Control:
    """A field that takes typing and a barcode scanner alike; Enter acts."""
    app = use_app()
    ft.use_state(app.pulse)
    form = use_form(Search, Search())
    search = form.value or Search()
    opening = _Opening(app, sheets)

    def write(event: ft.Event[ft.TextField]) -> None:
        search = form.value or Search()
        began_at = search.began_at if search.text else _seconds(app)
        form.open(Search(entered(event), began_at))

    async def enter(event: ft.Event[ft.TextField]) -> None:
        search = form.value or Search()
        text = entered(event) or search.text
        found, matching = app.acts.store.read(lambda session: _find(session, text))
        if len(found) == 1:
            form.open(Search())
            opening.open(found[0], _entry(text, found[0], _seconds(app) - search.began_at))
        elif normalize(text):
            unknown = None if found or matching else text.strip().upper()
            form.open(Search(text, search.began_at, found, matching, unknown))
        await event.control.focus()  # type: ignore[no-untyped-call]  # for the next scan

    field = ft.TextField(
        label=tr("Serial number"),
        helper=tr("Scan the label, or type the last digits, a kind or a name."),
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
    app.searches["/kits"] = field
    return ft.Column(
        [field, *_results(search, opening)],
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@dataclass(frozen=True)
class _Opening:
    """Leads from a kit that was found to the sheet that fits it."""

    app: AppContext
    sheets: KitSheets

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
        now = self.app.device.now()
        going = self.app.acts.store.read(lambda session: kit_queries.going_out(session, now))
        first = going[0] if going else None
        return next((need for need in going if need.instance is None), first)


def _results(search: Search, opening: _Opening) -> list[ft.Control]:
    if search.unknown is not None:
        return [_unknown(search.unknown, opening)]
    if search.matching:
        found = search.matching
        fitting = Group(fits(len(found)), found, kit_row)
        return [LongList([fitting], end=cut_off(found), key=search.text)]
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
    return [section(fits(len(search.found)), [rows(items)])]


def fits(count: int) -> str:
    return trn("{count} kit fits", "{count} kits fit", count)


def _unknown(serial: str, opening: _Opening) -> ft.Control:
    if looks_mistyped(serial):
        return banner(
            tr("The last character does not fit. Please look at the label again."), Tone.WARN
        )
    said = tr("{serial} is not in this device's copy. Keep it anyway?", serial=serial)
    if opening.waiting is None:
        return banner(tr("{serial} is not in this device's copy.", serial=serial), Tone.WARN)
    keep = secondary(tr("Keep and hand out"), guarded(lambda _: opening.open_unknown(serial)))
    return ft.Column([banner(said, Tone.WARN), buttons(keep)])


def _entry(text: str, kit: KitInstance, took_s: float) -> Entry:
    """A scan is a whole label, check character included, in less time than typing takes."""
    is_label = normalize(text) == normalize(label_text(kit.serial_number))
    return Entry.SCAN if is_label and took_s < SCANNED_WITHIN_S else Entry.TYPED


def _seconds(app: AppContext) -> float:
    return app.device.monotonic_ms() / 1000
