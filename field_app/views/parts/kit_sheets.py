"""The sheets of a kit: hand out, hand on, return, report, reserve."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import flet as ft

from field_app.domain.decision import Refused
from field_app.domain.issue import Severity
from field_app.domain.issues import NewPhoto
from field_app.domain.kit import Condition
from field_app.store import kit_queries, queries
from field_app.views import words
from field_app.views.form import Form, use_form
from field_app.views.hooks import AppContext, say, use_app, use_person, use_query
from field_app.views.language import Said, mark, tr
from field_app.views.parts.buttons import primary, question
from field_app.views.parts.counters import counter, left_over, nothing_to_count
from field_app.views.parts.kit_card import kit_event
from field_app.views.parts.kit_forms import Handed, Handing, operation_of, problem_of
from field_app.views.parts.photo_sources import photo_sources
from field_app.views.parts.photos import chosen_photos, with_photo, without_photo
from field_app.views.parts.sheets import last_word, sheet_of
from field_app.views.parts.surfaces import banner, body, small, title
from field_app.views.theme import Tone

SAID = Said(
    {
        "check_out": mark("Handed out."),
        "hand_over": mark("Handed on."),
        "return": mark("Returned."),
        "report": mark("Reported."),
        "resolve": mark("Put right."),
    }
)


@dataclass(frozen=True)
class KitSheets:
    """How a screen opens them."""

    open: Callable[[Handing], None]


def use_kit_sheets() -> KitSheets:
    app = use_app()
    me = use_person()
    form = use_form(Handing)
    state = form.value

    def attach(photo: NewPhoto) -> None:
        attached = form.value.photos if form.value else ()
        form.change(photos=with_photo(attached, photo), problem=None)

    attached = len(state.photos) if state else 0
    add = photo_sources(app, attach, lambda said: form.change(problem=said), attached=attached)
    need = use_query(lambda session: kit_queries.need(session, state.need_id) if state else None)
    people = use_query(
        lambda session: queries.people_at(session, need.event.id, me.id) if need else []
    )
    sheet = None
    if state is not None and need is not None:
        sheet = _sheet(app, Handed(need, people, me.id, add), form, state)
    ft.use_dialog(sheet)
    return KitSheets(open=form.open)


def _sheet(app: AppContext, about: Handed, form: Form[Handing], state: Handing) -> ft.BottomSheet:
    async def confirm(state: Handing) -> None:
        if problem := problem_of(state):
            form.change(problem=problem)
            return
        refused = await app.acts.perform(about.need.id, operation_of(about, state))
        form.close()
        if isinstance(refused, Refused):
            say(words.refusal(refused.code))
        else:
            say(f"{SAID[state.act]} {tr('Saved on this device.')}")

    build = {
        "check_out": _check_out,
        "hand_over": _hand_over,
        "return": _return,
        "report": _report,
        "resolve": _resolve,
    }[state.act]
    heading, button, content = build(about, state, form)
    return sheet_of(
        [
            title(heading),
            body(kit_event(app, about.need), muted=True),
            *content,
            last_word(primary(button, form.saves(confirm), icon=ft.Icons.CHECK), state.problem),
        ],
        on_dismiss=form.close,
        is_long=state.act in {"check_out", "return"},
    )


Built = tuple[str, str, list[ft.Control]]


def _check_out(about: Handed, state: Handing, form: Form[Handing]) -> Built:
    name = state.instance.serial_number if state.instance else (state.serial or about.need.name)
    content: list[ft.Control] = []
    if state.instance is None and state.serial:
        said = tr("This number is not in this device's copy. It is kept, and the office will look.")
        content.append(banner(said, Tone.WARN))
    content += _counters(about, state, form)
    content += [_people(tr("Who takes it?"), about, state, form)]
    return tr("Hand out {name}", name=name), tr("Hand out"), content


def _hand_over(about: Handed, state: Handing, form: Form[Handing]) -> Built:
    content = [_people(tr("Who has it now?"), about, state, form)]
    return tr("Hand on {name}", name=about.need.name), tr("Hand on"), content


def _return(about: Handed, state: Handing, form: Form[Handing]) -> Built:
    content = _counters(about, state, form)
    whole = about.whole(state)
    for part in about.parts:
        if part.consumable:
            text = state.left.get(part.name, "")
            content.append(left_over(part, whole[part.name], text, _writer(form)))
    conditions = [(c.value, said) for c, said in words.CONDITION.items()]
    content += [
        question(
            tr("Condition"),
            conditions,
            state.condition.value,
            lambda value: form.change(condition=Condition(value)),
        ),
    ]
    if state.condition is not Condition.GOOD or any(state.missing.values()):
        content.append(_text_field(tr("What happened?"), state, form))
        content += _photos(about, state, form)
        content.append(small(tr("What is missing or damaged is reported to the office by itself.")))
    return tr("Return {name}", name=about.need.name), tr("Return"), content


def _report(about: Handed, state: Handing, form: Form[Handing]) -> Built:
    severities = [(s.value, said) for s, said in words.SEVERITY.items()]
    content = [
        _text_field(tr("What is wrong?"), state, form),
        *_photos(about, state, form),
        question(
            tr("How bad is it?"),
            severities,
            state.severity.value,
            lambda value: form.change(severity=Severity(value)),
        ),
    ]
    return tr("Report {name}", name=about.need.name), tr("Report"), content


def _resolve(about: Handed, state: Handing, form: Form[Handing]) -> Built:
    states = list(words.KIT_PUT_RIGHT.items())
    content = [
        _text_field(tr("What was done?"), state, form),
        question(
            tr("Where is the kit now?"),
            states,
            state.to_state,
            lambda value: form.change(to_state=value),
        ),
    ]
    return tr("Put {name} right", name=about.need.name), tr("Save"), content


def _counters(about: Handed, state: Handing, form: Form[Handing]) -> list[ft.Control]:
    """Every durable part, pre-ticked."""
    if not about.parts:
        return [nothing_to_count()]
    whole = about.whole(state)
    rows: list[ft.Control] = []
    for part in about.parts:
        if part.consumable and state.act == "return":
            continue
        missing = state.missing.get(part.name, 0)
        rows.append(counter(part, whole[part.name], whole[part.name] - missing, _counter(form)))
    return [ft.Column(rows, spacing=0)]


def _counter(form: Form[Handing]) -> Callable[[str, int], None]:
    def count(name: str, step: int) -> None:
        missing = form.value.missing if form.value else {}
        form.change(missing={**missing, name: max(0, missing.get(name, 0) - step)})

    return count


def _writer(form: Form[Handing]) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        left = form.value.left if form.value else {}
        form.change(left={**left, name: text.strip()}, problem=None)

    return write


def _people(asked: str, about: Handed, state: Handing, form: Form[Handing]) -> ft.Control:
    chosen = state.person_id or (about.me if state.act == "check_out" else None)
    options = [
        (str(user.id), tr("Me") if user.id == about.me else user.name)
        for user in about.people
        if state.act == "check_out" or user.id != about.need.kit.holder_id
    ]
    return question(
        asked,
        options,
        str(chosen) if chosen else None,
        lambda value: form.change(person_id=UUID(value), problem=None),
    )


def _photos(about: Handed, state: Handing, form: Form[Handing]) -> list[ft.Control]:
    """Pictures of what is wrong."""

    def detach(photo: NewPhoto) -> None:
        attached = form.value.photos if form.value else ()
        form.change(photos=without_photo(attached, photo))

    chosen = [chosen_photos(state.photos, detach)] if state.photos else []
    return [about.add_photos, *chosen]


def _text_field(label: str, state: Handing, form: Form[Handing]) -> ft.Control:
    return ft.TextField(
        label=label,
        value=state.text,
        multiline=True,
        min_lines=2,
        max_length=4000,
        counter="",
        on_change=form.on("text", problem=None),
    )
