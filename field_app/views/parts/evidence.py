"""What stands beside a flag: how far, when by whose clock, and through whose hands."""

import datetime as dt

import flet as ft
import flet.canvas as cv

from field_app.domain.place import DEFAULT_RADIUS_M
from field_app.store.event_queries import Case
from field_app.views import moments, words
from field_app.views.hooks import AppContext
from field_app.views.language import mark, tr
from field_app.views.parts.kit_card import handling_row
from field_app.views.parts.photos import PhotoProof
from field_app.views.parts.surfaces import card, line, section
from field_app.views.parts.timeline import timeline

PICTURE_WIDTH, PICTURE_HEIGHT = 320, 96
MOMENTS = (
    ("answered_at", mark("Tapped yes")),
    ("at", mark("Happened")),
    ("ended_at", mark("The offer ended")),
    ("closed_at", mark("Closed at")),
    ("since", mark("Since")),
    ("received_at", mark("Reached the office")),
)


def evidence(app: AppContext, case: Case) -> list[ft.Control]:
    """Everything known about a flag, the picture first."""
    document = case.item.evidence or {}
    shown: list[ft.Control] = []
    metres = document.get("distance_m")
    if isinstance(metres, int | float):
        shown.append(_distance(case, float(metres), document.get("accuracy_m")))
    if isinstance(photo := document.get("photo"), str):
        shown.append(PhotoProof(sha256=photo, key=photo))
    facts = [*_times(app, case, document), *_clock(document), *_said(document)]
    if facts:
        shown.append(card(facts))
    if case.handlings:
        zone = moments.zone_of(case.need.place if case.need else None)
        listed = [handling_row(app, handling, zone) for handling in case.handlings]
        shown.append(section(tr("Who had it"), [timeline(listed)]))
    return shown


def _distance(case: Case, metres: float, accuracy: object) -> ft.Control:
    """Pin, fence and person on a line, to scale; no map is needed."""
    place = case.shift.place if case.shift else None
    radius = place.geofence_radius_m if place else DEFAULT_RADIUS_M
    venue = place.name if place else tr("the venue")
    exact = (
        tr(", exact to ±{accuracy} m", accuracy=f"{accuracy:.0f}")
        if isinstance(accuracy, int | float)
        else ""
    )
    said = tr(
        "{metres} from {venue}{exact}. The fence is {radius}.",
        metres=words.distance(metres),
        venue=venue,
        exact=exact,
        radius=words.distance(radius),
    )
    scale = (PICTURE_WIDTH - 120) / max(metres, radius)
    middle = PICTURE_HEIGHT / 2
    pin, fence, there = 60, radius * scale, 60 + metres * scale
    paint = ft.Paint(color=ft.Colors.OUTLINE, style=ft.PaintingStyle.STROKE, stroke_width=2)
    solid = ft.Paint(color=ft.Colors.PRIMARY)
    alarm = ft.Paint(color=ft.Colors.ERROR if metres > radius else ft.Colors.PRIMARY)
    halo = ft.Paint(color=ft.Colors.with_opacity(0.25, ft.Colors.TERTIARY))
    blur = accuracy * scale if isinstance(accuracy, int | float) else 0
    picture = cv.Canvas(
        [
            cv.Line(pin, middle, there, middle, paint=paint),
            cv.Line(pin + fence, middle - 24, pin + fence, middle + 24, paint=paint),
            cv.Circle(there, middle, min(blur, middle), paint=halo),
            cv.Circle(pin, middle, 8, paint=solid),
            cv.Circle(there, middle, 8, paint=alarm),
        ],
        width=PICTURE_WIDTH,
        height=PICTURE_HEIGHT,
    )
    drawn = ft.Semantics(content=picture, label=said, container=True, image=True)
    return card(
        [ft.Row([drawn], alignment=ft.MainAxisAlignment.CENTER), line(ft.Icons.PLACE, said)]
    )


def _times(app: AppContext, case: Case, document: dict[str, object]) -> list[ft.Control]:
    place = case.shift.place if case.shift else (case.need.place if case.need else None)
    zone, now = moments.zone_of(place), app.device.now()
    facts = []
    for name, said in MOMENTS:
        moment = _instant(document.get(name))
        if moment is not None:
            at = moments.day_and_clock(moment, zone, now)
            facts.append(line(ft.Icons.SCHEDULE, f"{tr(said)}: {at}"))
    return facts


def _clock(document: dict[str, object]) -> list[ft.Control]:
    clock = document.get("clock")
    if not isinstance(clock, dict):
        return []
    offset = clock.get("offset_ms")
    grade = str(clock.get("grade", ""))
    trust = {
        "high": tr("was checked lately"),
        "medium": tr("was checked a while ago"),
    }.get(grade, tr("could not be checked"))
    said = tr("The phone's clock {trust}", trust=trust)
    if isinstance(offset, int) and abs(offset) >= 60_000:
        way = "behind" if offset > 0 else "ahead"
        said += f", {moments.span(dt.timedelta(milliseconds=abs(offset)))} {way}"
    return [line(ft.Icons.PHONE_ANDROID, f"{said}.")]


def _said(document: dict[str, object]) -> list[ft.Control]:
    """What the person said, and what is missing."""
    facts = []
    if reason := document.get("reason"):
        facts.append(line(ft.Icons.CHAT_BUBBLE_OUTLINE, f"\u201c{reason}\u201d"))
    if fallback := document.get("fallback"):
        said = {
            "pin": tr("Said that they were at the venue"),
            "vouch": tr("Named their manager"),
            "photo": tr("Took a photo at the venue"),
        }
        facts.append(
            line(ft.Icons.INFO_OUTLINE, said.get(str(fallback), tr("Gave no proof of place")))
        )
    missing = document.get("missing")
    if isinstance(missing, list) and missing:
        facts.append(
            line(
                ft.Icons.REMOVE_CIRCLE_OUTLINE, tr("Missing: {missing}", missing=", ".join(missing))
            )
        )
    if serial := document.get("serial_number"):
        facts.append(line(ft.Icons.WORK_OUTLINE, str(serial)))
    if hours := document.get("hours"):
        facts.append(line(ft.Icons.TIMER, tr("{hours} hours", hours=hours)))
    return facts


def _instant(value: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
