"""An activity as a card: its state, what was counted against what was planned, what comes next."""

import flet as ft

from field_app.domain.activity import Activity, ActivityStatus
from field_app.domain.running import ActivityTransition
from field_app.views import words
from field_app.views.language import tr
from field_app.views.parts.ask import Ask, Question
from field_app.views.parts.buttons import quiet
from field_app.views.parts.surfaces import Handler, body, card, chip, small
from field_app.views.theme import XS, S, Tone

TONES = {
    ActivityStatus.PLANNED: Tone.NEUTRAL,
    ActivityStatus.ASSIGNED: Tone.BUSY,
    ActivityStatus.IN_PROGRESS: Tone.GOOD,
    ActivityStatus.COMPLETED: Tone.NEUTRAL,
    ActivityStatus.ISSUE_REPORTED: Tone.BAD,
    ActivityStatus.CANCELLED: Tone.NEUTRAL,
}


def activity_card(activity: Activity, ask: Ask, count: Handler, *, may_move: bool) -> ft.Control:
    state = chip(words.ACTIVITY[activity.status], TONES[activity.status], ft.Icons.CAMPAIGN)
    steps = _steps(activity, ask, count) if may_move else []
    return card(
        [
            ft.Row([state], spacing=S),
            body(activity.title, strong=True),
            *bars(activity),
            *([ft.Row(steps, wrap=True)] if steps else []),
        ]
    )


def bars(activity: Activity) -> list[ft.Control]:
    """One bar for every counter, planned or not."""
    planned, counted = _numbers(activity.target_metrics), _numbers(activity.actual_metrics)
    return [
        _bar(name, counted.get(name, 0), planned.get(name)) for name in sorted({*planned, *counted})
    ]


def _bar(name: str, counted: float, planned: float | None) -> ft.Control:
    said = (
        tr("{counted} of {planned}", counted=f"{counted:g}", planned=f"{planned:g}")
        if planned
        else f"{counted:g}"
    )
    label = name.replace("_", " ").capitalize()
    head = ft.Row([ft.Container(small(label), expand=True), small(said)])
    if not planned:
        return head
    share = min(1.0, max(0.0, counted / planned))
    bar = ft.ProgressBar(
        value=share, bar_height=S, border_radius=XS, semantics_label=f"{label}: {said}"
    )
    return ft.Column([head, bar], spacing=XS, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def _steps(activity: Activity, ask: Ask, count: Handler) -> list[ft.Control]:
    def to(said: str, state: ActivityStatus, *, with_reason: bool = False) -> ft.Control:
        question = Question(
            tr("{step}?", step=f"{said}: {activity.title}"),
            activity.id,
            lambda reason: ActivityTransition(to_state=state, reason=reason or None),
            needs_reason=with_reason,
        )
        return quiet(said, lambda _: ask(question))

    counting = quiet(tr("Count"), lambda _: count(activity), icon=ft.Icons.ADD)
    match activity.status:
        case ActivityStatus.ASSIGNED:
            return [to(tr("Start"), ActivityStatus.IN_PROGRESS)]
        case ActivityStatus.IN_PROGRESS:
            return [counting, to(tr("Complete"), ActivityStatus.COMPLETED)]
        case ActivityStatus.ISSUE_REPORTED:
            return [
                to(tr("Problem settled"), ActivityStatus.IN_PROGRESS),
                to(tr("Complete"), ActivityStatus.COMPLETED),
            ]
        case ActivityStatus.COMPLETED:
            return [to(tr("Open again"), ActivityStatus.IN_PROGRESS, with_reason=True)]
        case _:
            return []


def _numbers(metrics: dict[str, object] | None) -> dict[str, float]:
    return {
        name: value
        for name, value in (metrics or {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
