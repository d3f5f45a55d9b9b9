"""Operations aimed at rows of others: refused like a row that is not there, and without a trace."""

import datetime as dt
import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import KINDS, OPERATION, TARGETS
from field_app.domain.sight import NAMED_IN, sees
from field_app.domain.wire import Person
from server_stub.database import create_engine
from server_stub.world import CentralWorld
from tests.security.ground import CANARY, Ground, everything
from tests.security.kinds import MAY_NAME, NAMES, PAYLOADS, STATES, table_of
from tests.server.booking_system import insert
from tests.support.wire_client import WireClient, wire_instant

SEED = random.randrange(10**6)
LEDGER = {"sync_operations", "sync_operation_conflicts"}
OF_EVERY_SYNC = {"client_views", "client_view_tables", "client_cursors", "devices", "presences"}
OF_EVERY_SYNC |= {"device_tokens"}
MAKING = {"assignment.offer", "issue.report"}
AIMED = sorted(KINDS)
KIT_ID = "kit_instance_id"


def envelope(phone: WireClient, kind: str, target: Any, payload: dict[str, Any]) -> dict[str, Any]:
    """One that depends on nothing that was refused before: it is made after that was."""
    soon = wire_instant(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    return phone.envelope(kind, target, payload, occurred_at=soon)


def judge(phone: WireClient, envelopes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What can be seen of each verdict, but for its own id and time."""
    verdicts: list[dict[str, Any]] = phone.post(*envelopes).json()["verdicts"]
    assert [v["operation_id"] for v in verdicts] == [e["id"] for e in envelopes]
    return [{n: v[n] for n in v if n not in {"operation_id", "decided_at"}} for v in verdicts]


def test_every_kind_of_operation_is_aimed() -> None:
    assert set(PAYLOADS) == KINDS
    for kind, payload in PAYLOADS.items():
        needed = {name: str(uuid4()) for name in NAMES.get(kind, {})}
        OPERATION.validate_python({**payload, **needed, "kind": kind})


def test_every_id_in_a_payload_is_aimed() -> None:
    asked = {
        (kind, name)
        for kind in KINDS
        for name, field in OPERATION_FIELDS[kind].items()
        if "UUID" in str(field.annotation)
    }

    aimed = {(k, name) for names in (NAMES, MAY_NAME) for k in names for name in names[k]}
    assert asked == aimed
    assert {name for _, name in asked} - {KIT_ID} <= set(NAMED_IN)


OPERATION_FIELDS = {
    member.model_fields["kind"].default: member.model_fields
    for member in OPERATION._type.__origin__.__args__
}


@pytest.mark.parametrize("who", ["ben", "luis", "olga", "rita", "ruth", "rex"])
def test_a_row_of_others_is_refused_like_one_that_is_not_there(ground: Ground, who: str) -> None:
    """Whatever state it is in: some rules look at that before they look at who asks."""
    phone = ground.sign_in(who)
    event = "hers" if who in {"ben", "luis", "rita", "ruth", "rex"} else "theirs"
    rows = ground.rows[event]
    for turn in range(max(map(len, STATES.values()))):
        for noun, states in STATES.items():
            change = f"UPDATE {TARGETS[noun]} SET status = %s WHERE id = %s"
            state = states[turn % len(states)].value
            ground.db.execute(change, [state, rows[TARGETS[noun]]])
        before = everything(ground.db, LEDGER | OF_EVERY_SYNC)

        aimed = judge(phone, [aim(phone, kind, rows) for kind in AIMED])
        missed = judge(phone, [aim(phone, kind, None) for kind in AIMED])

        seen = {kind: verdict for kind, *verdict in zip(AIMED, aimed, missed, strict=True)}
        assert {kind: pair for kind, pair in seen.items() if pair[0] != pair[1]} == {}
        assert {verdict["status"] for verdict in aimed} == {"refused"}
        assert {verdict["record_version"] for verdict in aimed} == {None}
        assert everything(ground.db, LEDGER | OF_EVERY_SYNC) == before


def aim(phone: WireClient, kind: str, rows: dict[str, Any] | None) -> dict[str, Any]:
    """At these rows, or at none. The id of something new is always new; what it names is not."""
    named = {n: str(rows[t] if rows else uuid4()) for n, t in NAMES.get(kind, {}).items()}
    target = rows[table_of(kind)] if rows and kind not in MAKING else uuid4()
    return envelope(phone, kind, target, PAYLOADS[kind] | named)


@pytest.mark.parametrize(
    ("kind", "name", "table"),
    [
        (kind, name, table)
        for named in (NAMES, MAY_NAME)
        for kind, names in named.items()
        for name, table in names.items()
        if name != KIT_ID
    ],
)
def test_a_name_in_a_payload_of_ones_own_says_nothing_about_what_others_have(
    ground: Ground, kind: str, name: str, table: str
) -> None:
    """Kits are in no organization: whoever has one in their hands may name it."""
    phone, rows = ground.sign_in("dana"), ground.rows["hers"]
    ground.db.execute("UPDATE event_instances SET status = 'in_progress'")
    ground.db.execute("UPDATE activity_kits SET status = 'assigned'")
    ground.db.execute("UPDATE event_issues SET status = 'open'")
    needed = {each: str(rows[t]) for each, t in NAMES.get(kind, {}).items()}

    def name_it(named: Any) -> dict[str, Any]:
        target = uuid4() if kind in MAKING else rows[table_of(kind)]
        payload = PAYLOADS[kind] | needed | {name: str(named)}
        if kind == "review.decide":  # each can be decided once, and only a dispute asks for a name
            target, payload = a_dispute(ground), payload | {"decision": "settle"}
        return envelope(phone, kind, target, payload)

    theirs, nothing = (
        judge(phone, [name_it(each)])[0] for each in (ground.rows["theirs"][table], uuid4())
    )

    for verdict in (theirs, nothing):  # a report drops a link that it cannot keep
        verdict.pop("record_version")
        is_kept = kind == "issue.report" and name not in NAMES[kind]
        assert verdict["status"] == ("applied" if is_kept else "refused")
    assert theirs == nothing


def a_dispute(ground: Ground) -> UUID:
    rows = ground.rows["hers"]
    return insert(
        ground.db,
        "review_items",
        event_instance_id=rows["event_instances"],
        target_table="activity_kits",
        target_id=rows["activity_kits"],
        flag="custody_disputed",
    )


def test_the_id_of_anothers_row_cannot_be_taken_for_something_new(ground: Ground) -> None:
    phone, rows = ground.sign_in("dana"), ground.rows["hers"]
    before = everything(ground.db, LEDGER | OF_EVERY_SYNC)

    verdicts = judge(
        phone,
        [
            envelope(
                phone,
                kind,
                ground.rows["theirs"][table_of(kind)],
                PAYLOADS[kind] | {n: str(rows[t]) for n, t in NAMES[kind].items()},
            )
            for kind in ("assignment.offer", "issue.report")
        ],
    )

    assert {(v["code"], v["record_version"]) for v in verdicts} == {("unknown_target", None)}
    assert everything(ground.db, LEDGER | OF_EVERY_SYNC) == before


@pytest.mark.parametrize("who", ["ana", "ben", "dana", "luis", "olga"])
def test_no_answer_of_a_long_random_session_holds_a_word_of_the_others(
    ground: Ground, who: str, request: pytest.FixtureRequest
) -> None:
    rounds = 60 if request.config.getoption("--long") else 4
    seeded = random.Random(f"{SEED} {who}")
    print(f"seed {SEED}")  # noqa: T201
    phone = ground.sign_in(who)
    pool = {
        table: [each for (each,) in ground.db.execute(f"SELECT id FROM {table}")]
        for table in [*ground.rows["hers"], "organizations", "locations"]
    }
    everywhere = [each for ids in pool.values() for each in ids]
    paths = ["/v1/me", "/v1/devices", *(f"/v1/photos/{s}" for s in ground.photos.values())]

    bodies = []
    for _ in range(rounds):
        envelopes = [_random(seeded, phone, pool, everywhere) for _ in range(50)]
        answer = phone.post(*envelopes)
        assert answer.status_code == 200, answer.text
        bodies.append(answer.text)
        phone.take_in(answer.json())
        phone.sync_all()
        preview = f"/v1/admin/bookings/{seeded.choice(pool['bookings'])}/preview"
        for path in (seeded.choice(paths), preview):
            bodies.append(phone.http.get(path, headers=phone.headers).text)

    assert CANARY not in "".join(bodies) + str(phone.mirror)


def _random(
    seeded: random.Random, phone: WireClient, pool: dict[str, list[Any]], everywhere: list[Any]
) -> dict[str, Any]:
    kind = seeded.choice(sorted(KINDS - {"booking.transition"}))
    names = NAMES.get(kind, {}) | (MAY_NAME.get(kind, {}) if seeded.random() < 0.5 else {})
    payload = PAYLOADS[kind] | {name: str(seeded.choice(pool[t])) for name, t in names.items()}
    own_table = pool[table_of(kind)]
    target = seeded.choice([seeded.choice(own_table), seeded.choice(everywhere), uuid4()])
    return envelope(phone, kind, target, payload)


@pytest.mark.parametrize("who", ["ana", "dana", "luis", "priya", "olga", "rita", "ruth", "rex"])
def test_whatever_travels_to_a_person_is_not_hidden_from_their_operations(
    ground: Ground, ground_url: str, who: str
) -> None:
    """Who may see what is said twice, in SQL for a window and in the domain: they agree."""
    phone = ground.sign_in(who)
    phone.sync_all()
    actor = Person.model_validate(phone.person).actor
    engine = create_engine(ground_url)

    with engine.connect() as connection:
        world = CentralWorld(connection)
        hidden = {
            (table, row["id"])
            for table in {*TARGETS.values(), "users"}
            for row in phone.rows(table)
            if not sees(actor, world.find(BY_TABLE[table], UUID(row["id"])), world)
        }
    engine.dispose()

    assert phone.rows("users")
    assert hidden == set()
