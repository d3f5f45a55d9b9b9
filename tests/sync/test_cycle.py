"""One cycle: what is sent, what is taken in, and what a lost, late or broken answer leaves."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.offers import AssignmentAccept
from field_app.domain.person import Role
from field_app.domain.records import Record, format_instant
from field_app.domain.wire import MOST_OPERATIONS, Person, digest_of
from field_app.store import outbox
from field_app.store.engine import Store
from field_app.store.mirror import MirrorWorld
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow
from field_app.sync.client import FlightMode, SyncClient
from field_app.sync.cycle import Cycle, Signed
from field_app.sync.errors import (
    Offline,
    ProtocolBroken,
    ServerBusy,
    SignedOut,
    SyncError,
    TooLarge,
    UpgradeRequired,
)
from tests.support.field import (
    ANA,
    DEVICE,
    NOON,
    a_shift,
    a_store,
    an_envelope,
    an_event,
    on_wire,
    ticks,
)

SIGNED = Signed(
    person=Person(id=ANA.id, name="Ana", email="ana@example.org", role=Role.BRAND_AGENT),
    device_id=DEVICE,
    token="token",
)
Answer = Callable[[dict[str, Any]], httpx.Response]


def an_answer(*records: Record, **changes: Any) -> dict[str, Any]:
    """What a server says that has nothing to add, unless told otherwise."""
    return {
        "server_time": format_instant(NOON),
        "epoch": "first",
        "verdicts": [],
        "cursor": "next",
        "full": False,
        "more": False,
        "changes": on_wire(*records),
        "removed": {},
        "digest": None,
    } | changes


def a_verdict(operation: dict[str, Any], status: str = "applied", **more: Any) -> dict[str, Any]:
    return {
        "operation_id": operation["id"],
        "status": status,
        "decided_at": format_instant(NOON),
    } | more


async def sync(
    store: Store, *answers: Answer | dict[str, Any], most: int = MOST_OPERATIONS
) -> list[dict[str, Any]]:
    """Run one cycle against these answers, in order; returns the requests that were made."""
    asked: list[dict[str, Any]] = []
    waiting = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(_body(request)))
        answer = waiting.pop(0)
        return httpx.Response(200, json=answer) if isinstance(answer, dict) else answer(asked[-1])

    client = SyncClient("http://server", httpx.MockTransport(handle))
    try:
        await Cycle(store, client, SIGNED, ticks, "0.1.0", most).run()
    finally:
        await client.aclose()
    assert waiting == []
    return asked


def _body(request: httpx.Request) -> bytes:
    is_zipped = request.headers.get("content-encoding") == "gzip"
    return gzip.decompress(request.content) if is_zipped else request.content


def shown(store: Store, shift: StaffAssignment) -> StaffAssignment | None:
    return store.read(lambda session: MirrorWorld(session).find(StaffAssignment, shift.id))


def outbox_row(store: Store) -> OutboxRow:
    return store.read(lambda session: session.exec(select(OutboxRow)).one())


async def test_an_applied_operation_is_settled_with_the_servers_row(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))
    accepted = shift.revise(status=AssignmentStatus.ACCEPTED, version=12)

    await sync(
        store,
        lambda asked: httpx.Response(
            200, json=an_answer(accepted, verdicts=[a_verdict(asked["operations"][0])])
        ),
    )

    assert outbox_row(store).status == "applied"
    assert shown(store, shift) == accepted
    assert store.get_setting(Setting.CURSOR) == "next"


async def test_a_refused_operation_is_undone_on_screen_and_kept_with_its_reason(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))
    withdrawn = shift.revise(status=AssignmentStatus.CANCELLED, version=12)

    await sync(
        store,
        lambda asked: httpx.Response(
            200,
            json=an_answer(
                withdrawn,
                verdicts=[
                    a_verdict(
                        asked["operations"][0], "refused", code="offer_withdrawn", message="No"
                    )
                ],
            ),
        ),
    )

    row = outbox_row(store)
    assert (row.status, row.code, row.message) == ("refused", "offer_withdrawn", "No")
    assert shown(store, shift) == withdrawn


async def test_a_lost_answer_sends_the_same_operation_again(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def lose(asked: dict[str, Any]) -> httpx.Response:
        raise httpx.ReadError("cut")

    with pytest.raises(Offline):
        await sync(store, lose)
    asked = await sync(
        store,
        lambda asked: httpx.Response(
            200, json=an_answer(verdicts=[a_verdict(asked["operations"][0])])
        ),
    )

    row = outbox_row(store)
    assert asked[0]["operations"] == [json.loads(row.envelope)]
    assert row.status == "applied"
    assert row.attempts == 2


async def test_pages_are_fetched_to_the_end_and_swept(tmp_path: Path) -> None:
    store = a_store(tmp_path, old := a_shift("old"))
    one, two = a_shift("one"), a_shift("two")

    asked = await sync(
        store,
        an_answer(one, full=True, more=True, cursor="page 2"),
        an_answer(two, cursor="done"),
    )

    assert [a["cursor"] for a in asked] == [None, "page 2"]
    assert [shown(store, s) for s in (old, one, two)] == [None, one, two]


async def test_an_interrupted_snapshot_goes_on_at_its_cursor(tmp_path: Path) -> None:
    store = a_store(tmp_path, old := a_shift("old"))
    one, two = a_shift("one"), a_shift("two")

    with pytest.raises(ServerBusy):
        await sync(
            store,
            an_answer(one, full=True, more=True, cursor="page 2"),
            lambda asked: httpx.Response(503),
        )
    half_way = shown(store, old)
    asked = await sync(store, an_answer(two, cursor="done"))

    assert half_way == old
    assert asked[0]["cursor"] == "page 2"
    assert [shown(store, s) for s in (old, one, two)] == [None, one, two]


async def test_an_answer_to_a_question_no_longer_asked_is_dropped(tmp_path: Path) -> None:
    store = a_store(tmp_path, shift := a_shift())

    def move_on(asked: dict[str, Any]) -> httpx.Response:
        store.put_setting(Setting.CURSOR, "elsewhere")
        return httpx.Response(200, json=an_answer(shift.revise(version=99, role="late")))

    await sync(store, move_on)

    assert shown(store, shift) == shift
    assert store.get_setting(Setting.CURSOR) == "elsewhere"


async def test_a_digest_that_differs_twice_fetches_everything_again_and_counts_a_repair(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, a_shift())
    wrong = digest_of([("staff_assignments", "another", 1)]).model_dump()

    await sync(store, an_answer(digest=wrong, cursor="one"))
    after_one = store.get_setting(Setting.CURSOR)
    await sync(store, an_answer(digest=wrong, cursor="two"))

    assert after_one == "one"
    assert store.get_setting(Setting.CURSOR) is None
    assert store.get_setting(Setting.REPAIRS) == "1"


async def test_a_matching_digest_repairs_nothing(tmp_path: Path) -> None:
    store = a_store(tmp_path, shift := a_shift())
    right = digest_of([(shift.table, str(shift.id), shift.version)]).model_dump()

    for _ in range(3):
        await sync(store, an_answer(digest=right))

    assert store.get_setting(Setting.REPAIRS) is None


async def test_a_batch_the_server_finds_too_large_is_halved(tmp_path: Path) -> None:
    shifts = [a_shift(f"shift {n}") for n in range(4)]
    store = a_store(tmp_path, an_event(), *shifts)
    for shift in shifts:
        store.perform(an_envelope(AssignmentAccept(), shift.id))

    def decide_all(asked: dict[str, Any]) -> httpx.Response:
        return httpx.Response(
            200, json=an_answer(verdicts=[a_verdict(o) for o in asked["operations"]])
        )

    def too_large(asked: dict[str, Any]) -> httpx.Response:
        return httpx.Response(413)

    halvings = [too_large] * 5  # 100, 50, 25, 12, 6
    asked = await sync(store, *halvings, decide_all, decide_all)

    assert [len(a["operations"]) for a in asked] == [4, 4, 4, 4, 4, 3, 1]
    assert store.read(lambda session: outbox.undecided(session, ANA.id)) == []


def deciding(status: str, **more: Any) -> Answer:
    """Everything that was sent gets this verdict."""
    return lambda asked: httpx.Response(
        200, json=an_answer(verdicts=[a_verdict(o, status, **more) for o in asked["operations"]])
    )


def offline(_asked: dict[str, Any]) -> httpx.Response:
    raise httpx.ConnectError("gone")


async def test_the_verdicts_of_a_batch_are_kept_where_the_next_one_is_lost(tmp_path: Path) -> None:
    shifts = [a_shift("one"), a_shift("two")]
    store = a_store(tmp_path, an_event(), *shifts)
    for shift in shifts:
        store.perform(an_envelope(AssignmentAccept(), shift.id))

    with pytest.raises(Offline):
        await sync(store, deciding("applied"), offline, most=1)

    waiting = store.read(lambda session: outbox.undecided(session, ANA.id))
    assert [row.target_id for row in waiting] == [shifts[1].id]
    assert store.get_setting(Setting.CURSOR) is None


async def test_what_an_earlier_batch_was_refused_is_taken_back_with_the_last_answer(
    tmp_path: Path,
) -> None:
    shifts = [a_shift("one"), a_shift("two")]
    store = a_store(tmp_path, an_event(), *shifts)
    for shift in shifts:
        store.perform(an_envelope(AssignmentAccept(), shift.id))

    await sync(store, deciding("refused", code="already_booked"), an_answer(), most=1)

    assert [shown(store, shift).status for shift in shifts] == ["offered", "accepted"]


async def test_operations_of_another_person_on_this_device_are_not_sent(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def hand_to_another(session: Session) -> None:
        session.exec(select(OutboxRow)).one().author_id = DEVICE

    store.write(hand_to_another)
    asked = await sync(store, an_answer())

    assert asked[0]["operations"] == []


async def test_an_operation_left_undecided_is_not_sent_in_a_tight_loop(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    asked = await sync(store, an_answer())

    assert len(asked) == 1
    assert outbox_row(store).status == "pending"


async def test_after_a_restore_the_settled_work_of_thirty_days_is_sent_again(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def decide_all(asked: dict[str, Any]) -> httpx.Response:
        verdicts = [a_verdict(o) for o in asked["operations"]]
        return httpx.Response(200, json=an_answer(verdicts=verdicts))

    first = await sync(store, decide_all)
    await sync(store, an_answer(full=True, epoch="second"))
    again = await sync(
        store,
        lambda asked: httpx.Response(
            200,
            json=an_answer(epoch="second", verdicts=[a_verdict(o) for o in asked["operations"]]),
        ),
    )

    assert again[0]["operations"] == first[0]["operations"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), SignedOut),
        (httpx.Response(426), UpgradeRequired),
        (httpx.Response(429, headers={"retry-after": "7"}), ServerBusy),
        (httpx.Response(500), ServerBusy),
        (httpx.Response(418), ProtocolBroken),
        (httpx.Response(200, html="<h1>Welcome to Café Wifi</h1>"), Offline),
        (httpx.Response(200, json={"surprise": True}), ProtocolBroken),
    ],
)
async def test_every_answer_that_is_none_leaves_the_operation_pending(
    tmp_path: Path, answer: httpx.Response, error: type[SyncError]
) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    with pytest.raises(error):
        await sync(store, lambda asked: answer)

    assert outbox_row(store).status == "pending"
    shift_now = shown(store, shift)
    assert shift_now is not None
    assert shift_now.status is AssignmentStatus.ACCEPTED


async def test_one_operation_that_is_too_large_by_itself_is_not_tried_for_ever(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def too_large(asked: dict[str, Any]) -> httpx.Response:
        return httpx.Response(413)

    with pytest.raises(TooLarge):
        await sync(store, *[too_large] * 7)


async def test_flight_mode_lets_nothing_through(tmp_path: Path) -> None:
    store = a_store(tmp_path, a_shift())
    reached: list[httpx.Request] = []

    def reach(request: httpx.Request) -> httpx.Response:
        reached.append(request)
        return httpx.Response(200, json=an_answer())

    flight = FlightMode(httpx.MockTransport(reach), is_on=True)
    client = SyncClient("http://server", flight)

    with pytest.raises(Offline):
        await Cycle(store, client, SIGNED, ticks, "0.1.0").run()
    flight.is_on = False
    await Cycle(store, client, SIGNED, ticks, "0.1.0").run()
    await client.aclose()

    assert len(reached) == 1
