"""More than fits on a screen: nobody and nothing is out of reach."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from uuid import uuid5

import pytest
from sqlalchemy import event
from sqlmodel import Session

from field_app.domain.kit import KitStatus
from field_app.domain.person import Role, User
from field_app.store import event_queries, issue_queries, kit_queries, queries
from field_app.store.kit_queries import Need
from field_app.store.queries import LIST_LIMIT
from tests.support.field import ANA, BEN, DANA, NAMES, NOON, a_shift, a_store, an_event
from tests.support.kits import HOUR, KIT, NEED, TEMPLATE, a_need
from tests.support.world import ACTIVITY, a_user, the_event

MANY = 400


def kit_of(number: int) -> str:
    return f"LCB-SAMP-{number:04}"


KITS = [KIT.revise(id=uuid5(NAMES, kit_of(n)), serial_number=kit_of(n)) for n in range(1, MANY + 1)]
OUT = [
    a_need(
        f"need {kit.serial_number}",
        kit_instance_id=kit.id,
        status=KitStatus.CHECKED_OUT,
        holder_id=ANA.id if kit is KITS[-1] else BEN.id,
        checked_out_at=NOON,
    )
    for kit in KITS
]
PEOPLE = [
    User(id=uuid5(NAMES, f"person {n}"), version=1, name=f"Person {n:03}", role=Role.BRAND_AGENT)
    for n in range(MANY)
]
ODD = KIT.revise(id=uuid5(NAMES, "odd"), serial_number="Tent/10.A")
SHELF = [the_event(), ACTIVITY, TEMPLATE, a_user(BEN), *KITS, ODD, *OUT]


def test_what_is_in_ones_own_hands_is_shown_however_much_is_out(tmp_path: Path) -> None:
    store = a_store(tmp_path, *SHELF)

    shelves = store.read(lambda session: kit_queries.shelves(session, ANA.id, NOON))

    assert [need.name for need in shelves.mine] == [kit_of(MANY)]
    assert len(shelves) == LIST_LIMIT


def test_what_is_overdue_or_disputed_comes_before_all(tmp_path: Path) -> None:
    disputed = KITS[300].revise(disputed=True)
    store = a_store(tmp_path, *SHELF, disputed)

    on_time = store.read(lambda session: kit_queries.shelves(session, DANA.id, NOON))
    late = store.read(lambda session: kit_queries.shelves(session, DANA.id, NOON + 24 * HOUR))

    assert [need.name for need in on_time.trouble] == [disputed.serial_number]
    assert len(late.trouble) == LIST_LIMIT
    assert late.out == []


def test_the_first_of_a_list_are_the_first_of_the_whole_list(tmp_path: Path) -> None:
    disputed = KITS[300].revise(disputed=True)
    store = a_store(tmp_path, *SHELF, disputed, NEED)

    def first(most: int) -> list[Need]:
        found = store.read(lambda s: kit_queries.shelves(s, ANA.id, NOON, most))
        return [*found.trouble, *found.mine, *found.out, *found.coming]

    assert [len(first(most)) for most in (1, 2, 30)] == [1, 2, 30]
    assert first(30) == first(LIST_LIMIT)[:30]


def test_every_kit_is_found_by_its_number(tmp_path: Path) -> None:
    store = a_store(tmp_path, *SHELF)

    def found(typed: str) -> list[str]:
        kits = store.read(lambda session: kit_queries.find_kits(session, typed))
        return [kit.serial_number for kit in kits]

    assert found("lcb samp 0399") == [kit_of(399)]
    assert found("LCB-SAMP-O399") == [kit_of(399)]  # an O for a nought
    assert found("399") == [kit_of(399)]
    assert found("samp 7") == [kit_of(7)]
    assert found("tent 10a") == [ODD.serial_number]
    assert found("tent 1oa") == [ODD.serial_number]
    assert found("%") == []
    assert found("999") == []


def test_kits_are_found_by_kind_and_holder(tmp_path: Path) -> None:
    store = a_store(tmp_path, *SHELF, NEED)

    def found(words: str) -> int:
        return len(store.read(lambda session: kit_queries.matching(session, words)))

    assert found("sampling") == LIST_LIMIT
    assert found(a_user(BEN).name.lower()) == LIST_LIMIT
    assert found("no such kind") == 0
    assert found("_") == 0  # a wildcard of the database is a character like any other


def test_a_colleague_far_down_the_alphabet_is_found(tmp_path: Path) -> None:
    store = a_store(tmp_path, *PEOPLE)

    def found(name: str) -> list[str]:
        people = store.read(lambda s: event_queries.colleagues(s, {PEOPLE[1].id}, name))
        return [user.name for user in people]

    assert found("person 399") == ["Person 399"]
    assert found("person 001") == []  # has a shift there already
    assert len(found("")) == LIST_LIMIT


def test_the_nearest_events_are_offered_of_however_many(tmp_path: Path) -> None:
    events = [
        the_event().revise(
            id=uuid5(NAMES, f"event {n}"),
            starts_at=NOON + dt.timedelta(days=n),
            ends_at=NOON + dt.timedelta(days=n, hours=4),
        )
        for n in range(-MANY, 0)
    ] + [the_event()]
    store = a_store(tmp_path, *events)

    near = store.read(lambda session: issue_queries.events_near(session, NOON + HOUR))

    assert near[0].event.id == the_event().id
    assert [brief.event.id for brief in near[1:3]] == [events[-2].id, events[-3].id]


@pytest.mark.parametrize(
    ("table", "query"),
    [
        ("staff_assignments", lambda s: queries.shifts_from(s, ANA.id, NOON)),
        ("staff_assignments", lambda s: queries.count_offers(s, ANA.id)),
        ("staff_assignments", lambda s: queries.board(s, an_event().id)),
        ("activity_kits", lambda s: kit_queries.needs_of_event(s, an_event().id)),
        ("activity_kits", lambda s: queries.offers_to(s, ANA.id)),
        ("activity_kits", lambda s: queries.board(s, an_event().id)),
        ("event_issues", lambda s: queries.issues_of(s, an_event().id)),
    ],
    ids=[
        "shifts",
        "offers",
        "roster",
        "kits of an event",
        "kits of shifts",
        "kits of a roster",
        "issues of an event",
    ],
)
def test_a_screen_looks_rows_up_and_does_not_read_them_all(
    tmp_path: Path, table: str, query: Callable[[Session], object]
) -> None:
    store = a_store(tmp_path, *SHELF, a_shift(activity_id=ACTIVITY.id))
    asked: list[tuple[str, object]] = []

    def plans(session: Session) -> list[str]:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        query(session)
        return [
            str(row[3])
            for sql, values in list(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]

    steps = [step for step in store.read(plans) if table in step]

    assert steps
    assert not any(step.startswith(f"SCAN {table}") for step in steps), steps
