"""What only a tap makes, a question for one, is said in the page's language too."""

from contextvars import copy_context
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from field_app import views
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStatus
from field_app.domain.records import Record
from field_app.domain.wire import Person
from field_app.views.language import Manner, speak, tr
from tests.support.field import BEN, NOON, a_shift
from tests.support.world import the_event
from tests.views.conftest import PERSON, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

SPANISH = Manner("es")
CATALOGUE = Path(views.__file__).parent / "locale" / "es" / "fieldkit.po"
EVENT = the_event(status=EventStatus.IN_PROGRESS)
BENS = a_shift("Ben's", user_id=BEN.id, status=AssignmentStatus.CHECKED_IN, check_in_time=NOON)
OWN = a_shift("own", user_id=PERSON.id, status=AssignmentStatus.ACCEPTED)


def spanish(message: str) -> str:
    context = copy_context()
    context.run(speak, SPANISH)
    return context.run(tr, message)


def english_sentences() -> set[str]:
    """Every one that is said otherwise in Spanish."""
    with CATALOGUE.open("rb") as file:
        return {
            each.id
            for each in read_po(file)
            if isinstance(each.id, str) and each.id and each.id != each.string
        }


@pytest.mark.parametrize(
    ("person", "route", "tapped", "asked"),
    [
        (DANA_HERSELF, f"/event/{EVENT.id}", "Complete the event", "¿Terminar el evento?"),
        (DANA_HERSELF, f"/event/{EVENT.id}", "Call it off", "Volver"),
        (PERSON, f"/shift/{OWN.id}", "I cannot come", "Volver"),
    ],
)
async def test_a_question_is_asked_in_the_language_of_the_page(
    open_the_app: OpenApp, person: Person, route: str, tapped: str, asked: str
) -> None:
    records: list[Record] = [*SHELF, EVENT, BENS, OWN]
    async with open_the_app(*records, person=person, route=route, manner=SPANISH) as app:
        await app.tap(spanish(tapped))

        assert app.says(asked), app.texts()
        assert english_sentences() & set(app.texts()) == set()
