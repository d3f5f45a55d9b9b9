"""Two managers and one kit, mostly offline: whatever they do, everybody ends with one truth."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from field_app.domain.clock import ClockGrade
from field_app.domain.custody import custody_of
from field_app.domain.handling import KitCheckOut, KitHandOver, KitReturn
from field_app.domain.kit import ActivityKit, CustodyEntry, Entry, KitInstance
from field_app.domain.operations import Operation
from field_app.domain.records import Record
from field_app.store.mirror import MirrorWorld
from server_stub import database
from server_stub.world import CentralWorld
from tests.server.booking_system import a_kit, an_activity, insert
from tests.support.central import Central
from tests.support.sync_server import serving
from tests.walk.phones import Phone

ACTIONS = 16
MINUTE = dt.timedelta(minutes=1)


class Scenario:
    """A kit, and for each of two managers an event that needs it."""

    def __init__(self, central: Central, url: str) -> None:
        self.central, self.url = central, url
        self.kit = a_kit(central.db)
        self.managers = [central.a_person(name, "field_manager") for name in ("Dana", "Luis")]
        self.needs = [self._need(manager) for manager in self.managers]

    def _need(self, manager: UUID) -> UUID:
        event = self.central.an_event(manager, in_h=-3)
        template = self.central.value("SELECT id FROM kit_templates")
        activity = an_activity(self.central.db, event)
        row = {"kit_template_id": template, "event_instance_id": event, "status": "needed"}
        return insert(self.central.db, "activity_kits", activity_id=activity, **row)

    def any_act(self, at_random: random.Random, who: int) -> Operation:
        """Something that this manager may say about the kit, true or not."""
        entry = at_random.choice([Entry.TYPED, Entry.TYPED, Entry.SCAN])
        match at_random.randrange(4):
            case 0 | 1:
                holder = self.managers[who]
                return KitCheckOut(kit_instance_id=self.kit, holder_id=holder, entry=entry)
            case 2:
                return KitHandOver(to_user_id=self.managers[1 - who], entry=entry)
            case _:
                return KitReturn(entry=entry)

    def truth(self) -> dict[type[Record], list[Record]]:
        """What the central database says."""
        engine = database.create_engine(self.url, pool_size=1)
        with engine.connect() as connection:
            world = CentralWorld(connection)
            known = {kind: list(world.where(kind)) for kind in (KitInstance, CustodyEntry)}
            needs = [world.find(ActivityKit, need) for need in self.needs]
        engine.dispose()
        return {**known, ActivityKit: [need for need in needs if need is not None]}


@pytest.fixture
def scenario(database_url: str) -> Iterator[Scenario]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield Scenario(Central(db), database_url)


def act_offline(phone: Phone, scenario: Scenario, who: int, at_random: random.Random) -> None:
    start = dt.datetime.now(dt.UTC) - 2 * 60 * MINUTE
    at = (start + at_random.randrange(100) * MINUTE).replace(microsecond=0)
    grade = at_random.choice([ClockGrade.HIGH, ClockGrade.HIGH, ClockGrade.LOW])
    phone.perform(scenario.needs[who], scenario.any_act(at_random, who), at, grade)


@pytest.mark.parametrize("seed", range(8))
async def test_two_managers_with_one_kit_end_with_one_truth(
    scenario: Scenario, database_url: str, tmp_path: Path, seed: int
) -> None:
    at_random = random.Random(seed)
    emails = [scenario.central.emails[manager] for manager in scenario.managers]
    async with AsyncExitStack() as stack:
        url = stack.enter_context(serving(database_url))
        phones = [await stack.enter_async_context(Phone(tmp_path / e, url)) for e in emails]
        for phone, email in zip(phones, emails, strict=True):
            await phone.sign_in(email)
        for _ in range(ACTIONS):
            who = at_random.randrange(2)
            act_offline(phones[who], scenario, who, at_random)
            if at_random.random() < 0.3:
                await phones[at_random.randrange(2)].sync()
        for phone in [*phones, *phones]:  # the second time brings what the other one sent last
            await phone.sync()

        truth = scenario.truth()
        assert_each_was_decided_once(scenario, phones)
        assert_custody_follows_from_the_entries(truth)
        for who, phone in enumerate(phones):
            assert_mirror_is(phone, who, scenario, truth)


def assert_each_was_decided_once(scenario: Scenario, phones: list[Phone]) -> None:
    """Nothing saved is lost, parked, or in the audit trail twice."""
    saved = {operation: said for phone in phones for operation, said in phone.outbox().items()}
    decided = scenario.central.db.execute("SELECT operation_id, status FROM sync_operations")
    assert saved == dict(decided.fetchall())
    assert set(saved.values()) <= {"applied", "noop", "refused"}
    twice = scenario.central.db.execute(
        "SELECT operation_id, record_id FROM audit_entries "
        "GROUP BY operation_id, record_id, kind HAVING count(*) > 1"
    ).fetchall()
    assert twice == []


def assert_custody_follows_from_the_entries(truth: dict[type[Record], list[Record]]) -> None:
    (kit,) = [each for each in truth[KitInstance] if isinstance(each, KitInstance)]
    custody = custody_of(each for each in truth[CustodyEntry] if isinstance(each, CustodyEntry))
    assert (kit.holder_id, kit.disputed) == (custody.holder_id, custody.is_disputed)


def assert_mirror_is(
    phone: Phone, who: int, scenario: Scenario, truth: dict[type[Record], list[Record]]
) -> None:
    """This phone's copy of the kit, its entries and its need is the central one."""
    held = phone.store.read(
        lambda session: {
            kind: list(MirrorWorld(session).where(kind)) for kind in (KitInstance, CustodyEntry)
        }
    )
    assert sent(held[KitInstance]) == sent(truth[KitInstance])
    assert sent(held[CustodyEntry]) == sent(truth[CustodyEntry])
    need = phone.store.read(
        lambda session: MirrorWorld(session).find(ActivityKit, scenario.needs[who])
    )
    assert need is not None
    assert sent([need])[0] in sent(truth[ActivityKit])


def sent(records: Sequence[Record]) -> list[dict[str, Any]]:
    """As on the wire, whose instants have milliseconds."""
    return [record.model_dump(mode="json") for record in records]
