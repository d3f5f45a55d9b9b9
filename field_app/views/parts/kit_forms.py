"""What a kit's sheet knows while it is open, and the operation it makes of it."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import flet as ft

from field_app.domain import counts as counting
from field_app.domain.handling import KitCheckOut, KitHandOver, KitReturn
from field_app.domain.issue import Severity
from field_app.domain.issues import NewPhoto
from field_app.domain.kit import Component, Condition, Entry, KitInstance
from field_app.domain.kit_issues import KitReportIssue, KitResolveIssue
from field_app.domain.operations import Operation
from field_app.domain.person import User
from field_app.store.kit_queries import Need
from field_app.views.language import tr
from field_app.views.parts.counters import is_count, whole_numbers


@dataclass(frozen=True)
class Handing:
    """What an open sheet knows. `missing` are durable parts that are not there."""

    act: str
    need_id: UUID
    instance: KitInstance | None = None
    serial: str | None = None
    entry: Entry = Entry.TYPED
    missing: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    person_id: UUID | None = None
    condition: Condition = Condition.GOOD
    text: str = ""
    severity: Severity = Severity.MEDIUM
    to_state: str = "returned"
    photos: tuple[NewPhoto, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Handed:
    """What the sheet is about, and who could have the kit next."""

    need: Need
    people: list[User]
    me: UUID
    add_photos: ft.Control

    def whole(self, state: Handing) -> dict[str, int]:
        return counting.expected(self.need.kit, self.need.template) | (
            counting.numbers(self.need.kit.counts_out) if state.act == "return" else {}
        )

    @property
    def parts(self) -> list[Component]:
        return self.need.template.parts if self.need.template else []


def problem_of(state: Handing) -> str | None:
    """What is still missing, in words."""
    if state.act == "hand_over" and state.person_id is None:
        return tr("Choose who has it now.")
    if state.act in {"report", "resolve"} and not state.text.strip():
        return tr("Say it in a few words.")
    if not all(is_count(text) for text in state.left.values() if text):
        return whole_numbers()
    return None


def counted_by(about: Handed, state: Handing) -> dict[str, int] | None:
    whole = about.whole(state)
    counted = {}
    for part in about.parts:
        if part.consumable and state.act == "return":
            if text := state.left.get(part.name):
                counted[part.name] = int(text)
        else:
            counted[part.name] = whole[part.name] - state.missing.get(part.name, 0)
    return counted or None


def operation_of(about: Handed, state: Handing) -> Operation:
    match state.act:
        case "check_out":
            return KitCheckOut(
                kit_instance_id=state.instance.id if state.instance else None,
                serial_number=None if state.instance else state.serial,
                holder_id=state.person_id or about.me,
                entry=state.entry,
                counts=counted_by(about, state),
            )
        case "hand_over":
            return KitHandOver(to_user_id=state.person_id or about.me, entry=state.entry)
        case "return":
            return KitReturn(
                entry=state.entry,
                counts=counted_by(about, state),
                condition=state.condition,
                notes=state.text.strip() or None,
                photos=state.photos,
            )
        case "report":
            return KitReportIssue(
                description=state.text, severity=state.severity, photos=state.photos
            )
        case _:
            return KitResolveIssue(resolution=state.text, to_state=cast("Any", state.to_state))
