"""What has to be true once everything has healed, checked by plain queries and plain files."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import psycopg
from sqlalchemy import Engine, text
from sqlmodel import col, select

from bench.sim.device import Device
from field_app.domain.assignment import StaffAssignment
from field_app.domain.issue import EventIssue
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS
from field_app.domain.person import Role
from field_app.domain.records import Record
from field_app.domain.refusals import RefusalCode
from field_app.domain.transitions import ASSIGNMENT, ISSUE, KIT
from field_app.store import settings
from field_app.store.mirror import to_record
from field_app.store.settings import Setting
from field_app.store.tables import GONE, ROWS, OutboxRow
from server_stub import scope
from server_stub.settings import ServerSettings

R = TypeVar("R", bound=Record)

FINAL = {"applied", "noop", "refused"}
OF_FACTS = {RefusalCode.NOT_YOURS, RefusalCode.UNKNOWN_TARGET}
"""All that a fact may be refused for."""
OF_FAULTS = {RefusalCode.MALFORMED, RefusalCode.UNKNOWN_KIND, RefusalCode.OPERATION_ID_REUSED}
TABLES = {"staff_assignments": ASSIGNMENT, "activity_kits": KIT, "event_issues": ISSUE}


class Witness(Protocol):
    """What the invariants have to know of the way between devices and office."""

    engine: Engine
    settings: ServerSettings
    order: dict[str, int]
    contradictions: list[str]

    def now(self) -> dt.datetime: ...


def broken(db: psycopg.Connection, network: Witness, devices: Iterable[Device]) -> list[str]:
    """Every promise that was not kept, in words; empty where all were."""
    found: list[str] = []
    for device in devices:
        found += _every_operation_decided_once(db, device)
        found += _mirror_is_scope(network, device)
        found += _sees_what_is_theirs(db, device)
        found += _lanes_kept_their_order(network, device)
    found += [f"I1 {sentence}" for sentence in network.contradictions]
    found += _effects_happened_once(db)
    found += _only_rules_refused(db)
    found += _only_legal_transitions(db)
    return found


def _every_operation_decided_once(db: psycopg.Connection, device: Device) -> Iterator[str]:
    """I1, I4: one final verdict on both sides, and the payload as it was saved."""
    rows = {r.operation_id: r for r in device.store.read(lambda s: s.exec(select(OutboxRow)).all())}
    query = "SELECT status, verdict->>'code', envelope FROM sync_operations WHERE operation_id = %s"
    for operation_id, kind in device.told.saved.items():
        row = rows.get(operation_id)
        kept = db.execute(query, [operation_id]).fetchone()
        if row is None:
            yield f"I4 the device lost {kind} {operation_id}"
        if kept is None:
            yield f"I1 {kind} {operation_id} never reached the office"
        if row is None or kept is None:
            continue
        if kept[0] not in FINAL or (row.status, row.code) != kept[:2]:
            yield f"I1 {kind}: {row.status} {row.code} on the device, {kept[:2]} at the office"
        if json.loads(row.envelope) != kept[2]:
            yield f"I4 {kind} {operation_id} was changed on its way"


def _mirror_is_scope(network: Witness, device: Device) -> Iterator[str]:
    """I3: the device holds what it may see, to the last column, and needed no repair for it."""
    with network.engine.connect() as connection:
        seen = scope.of(connection, device.person, network.settings, network.now())
        for table, kind in BY_TABLE.items():
            query = (
                f"SELECT row_to_json(r) FROM (SELECT {scope.columns(table)} FROM {table} t "
                f"WHERE {scope.condition(table)}) r"
            )
            if left := _left_over(device, kind):
                yield f"I3 {table} of {device.person.name}: {left} rows wait for nothing"
            rows = connection.execute(text(query), seen.parameters).scalars()
            expected = {record.id: record for record in map(kind.model_validate, rows)}
            held = {record.id: record for record in _held(device, kind)}
            if held.keys() != expected.keys():
                more, less = len(held.keys() - expected.keys()), len(expected.keys() - held.keys())
                yield f"I3 {table} of {device.person.name}: {more} rows too many, {less} missing"
            elif stale := [i for i in held if held[i] != expected[i]]:
                yield f"I3 {table} of {device.person.name}: {len(stale)} rows are out of date"
    if device.store.read(lambda session: settings.get_int(session, Setting.REPAIRS)):
        yield f"I3 the mirror of {device.person.name} had to be repaired"


def _sees_what_is_theirs(db: psycopg.Connection, device: Device) -> Iterator[str]:
    """I9, without the server's own idea of a scope: what the roles are promised, by hand."""
    me, is_agent = device.person.id, device.person.role is Role.BRAND_AGENT
    if is_agent and any(shift.user_id != me for shift in _held(device, StaffAssignment)):
        yield f"I9 {device.person.name} holds shifts of others"
    query = """SELECT i.id FROM event_issues i JOIN event_instances e ON e.id = i.event_instance_id
        WHERE e.field_manager_id = %(me)s OR EXISTS (SELECT FROM staff_assignments a
            WHERE a.event_instance_id = e.id AND a.user_id = %(me)s AND a.deleted_at IS NULL)"""
    due = {issue_id for (issue_id,) in db.execute(query, {"me": me})}
    if missing := due - {issue.id for issue in _held(device, EventIssue)}:
        yield f"I9 {len(missing)} issues do not reach {device.person.name}"


def _left_over(device: Device, kind: type[Record]) -> int:
    """Rows that left the scope and were kept for an operation, which has its verdict by now."""
    row = ROWS[kind]
    rows = device.store.read(lambda session: session.exec(select(row)).all())
    return sum(each.generation == GONE for each in rows)


def _held(device: Device, kind: type[R]) -> list[R]:
    """The server's rows on a device, as records."""
    row = ROWS[kind]
    rows = device.store.read(lambda session: session.exec(select(row)).all())
    return [to_record(kind, each) for each in rows if each.generation != GONE]


def _effects_happened_once(db: psycopg.Connection) -> Iterator[str]:
    """I2: exactly one trail for what was applied, none for what was refused."""
    query = """SELECT o.kind, o.status, count(a.id) FROM sync_operations o
        LEFT JOIN audit_entries a ON a.operation_id = o.operation_id AND a.record_id = o.target_id
        GROUP BY o.operation_id, o.kind, o.status
        HAVING count(a.id) <> CASE WHEN o.status = 'refused' THEN 0 ELSE 1 END"""
    for kind, status, number in db.execute(query):
        yield f"I2 {kind} is {status} and has {number} entries in the trail"


def _only_rules_refused(db: psycopg.Connection) -> Iterator[str]:
    """I11, I12: no fault refuses, and facts are not refused for what they say."""
    query = "SELECT kind, verdict->>'code' FROM sync_operations WHERE status = 'refused'"
    for kind, code in db.execute(query):
        if code in OF_FAULTS or (kind in FACTS and code not in OF_FACTS):
            yield f"I12 {kind} was refused with {code}"


def _lanes_kept_their_order(network: Witness, device: Device) -> Iterator[str]:
    """I10: what one device did to one row came before the rules in the order it was done."""
    lanes: dict[object, int] = {}
    query = select(OutboxRow).order_by(col(OutboxRow.seq))
    for row in device.store.read(lambda session: session.exec(query).all()):
        place = network.order.get(str(row.operation_id), -1)
        if place < lanes.get(row.target_id, -1):
            yield f"I10 {row.kind} was judged before what had been done earlier"
        lanes[row.target_id] = place


def _only_legal_transitions(db: psycopg.Connection) -> Iterator[str]:
    """I8: every change of state in the trail is one that the tables know."""
    query = """SELECT DISTINCT table_name, from_state, to_state, kind FROM audit_entries
        WHERE from_state IS NOT NULL AND from_state <> to_state"""
    for table, before, after, kind in db.execute(query):
        known = TABLES.get(table)
        if known is not None and after not in {
            to for (state, _), to in known.items() if state == before
        }:
            yield f"I8 {kind} led {table} from {before} to {after}"
