"""Hostile and odd text: refused, or kept word for word; never a fault, never a command."""

import csv
import datetime as dt
import io
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from field_app.domain import spreadsheet
from field_app.domain.operations import OPERATION
from server_stub.database import create_engine
from server_stub.operator import exports
from tests.security.ground import Ground
from tests.security.kinds import NAMES, PAYLOADS, table_of
from tests.support.wire_client import WireClient, now, wire_instant

MODELS = {m.model_fields["kind"].default: m for m in OPERATION._type.__origin__.__args__}
TEXTS = sorted(
    (kind, name)
    for kind, model in MODELS.items()
    for name, field in model.model_fields.items()
    if name != "kind" and field.annotation in (str, str | None)
)
"""Every field of every kind of operation that takes free text."""

IMPOSSIBLE = {
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "a lone low surrogate": "\udc00",
    "too long": "x" * 4001,
    "a combining bomb": "e" + "\u0301" * 4001,
}
ODD = [
    "' OR 1=1 --",
    "'; DROP TABLE users; --",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "{0.__class__.__mro__} %s %(x)s %n",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../etc/passwd%00.jpg",
    "$(reboot) `reboot` ; reboot | reboot",
    '=HYPERLINK("https://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "null",
    "a\\u0000b \\x00",
    "\u0645\u0631\u062d\u0628\u0627, \u05e9\u05dc\u05d5\u05dd",
    "\U0001f469\u200d\U0001f469\u200d\U0001f466 \U0001f1fa\U0001f1f8",
    "Z" + "\u0351\u0363\u0489" * 900,
    'one\r\ntwo\n\tthree, "four"; five\u2028six\u0085seven',
    "\ufffe\uffff\U0010ffff\ufeffx",
    "e\u0301 and \u00e9",
]


def at_the_door(ground: Ground, body: bytes) -> httpx.Response:
    headers = ground.sign_in("ana").headers | {"content-type": "application/json"}
    return ground.http.post("/v1/sync", content=body, headers=headers)


def a_body(text: str) -> str:
    sent = {"device_at": now(), "boot_id": text, "monotonic_ms": 1}
    return json.dumps({"protocol": 1, "app_version": "1", "sent": sent}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (a_body("x").encode("utf-16"), 400),
        (a_body("x").encode("utf-16-be"), 400),
        (a_body("x").encode("utf-32"), 400),
        (a_body("x").encode("utf-8-sig"), 400),
        (a_body("\ud800").encode(errors="surrogatepass"), 400),
        (a_body("CUT").encode().replace(b"CUT", b"\xc3"), 400),
        (a_body("LONG").encode().replace(b"LONG", b"\xc0\xaf"), 400),
        (a_body("x" * 2_000_000).encode(), 413),
        (a_body("x" * 501).encode(), 422),
        (a_body("a\x00b").encode(), 422),
        (a_body(r"CUT").encode().replace(b"CUT", rb"\ud83d"), 422),
    ],
    ids=["16", "16be", "32", "bom", "cesu", "cut", "overlong", "2MB", "501", "nul", "surrogate"],
)
def test_what_is_not_plain_utf8_is_refused_at_the_door(
    ground: Ground, body: bytes, status: int
) -> None:
    answer = at_the_door(ground, body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_of_two_fields_of_one_name_the_last_counts_and_is_the_one_that_is_kept(
    ground: Ground,
) -> None:
    """Nobody reads the bytes a second time, so nobody can read them differently."""
    phone = ground.sign_in("ana")
    made = phone.envelope("issue.start", uuid4())
    twice = json.dumps(made)[:-1] + ', "kind": "issue.reopen", "payload": {"reason": "x"}}'
    body = a_body("x")[:-1] + f', "operations": [{twice}]}}'

    answer = ground.http.post("/v1/sync", content=body, headers=phone.headers)

    kept = "SELECT kind, envelope->>'kind' FROM sync_operations WHERE operation_id = %s"
    assert answer.json()["verdicts"][0]["code"] == "unknown_target"
    assert ground.db.execute(kept, [made["id"]]).fetchone() == ("issue.reopen",) * 2


@pytest.mark.parametrize("text", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_text_refuses_its_operation_and_no_other(ground: Ground, text: str) -> None:
    phone = ground.sign_in("dana")
    broken = [with_text(ground, phone, kind, name, text) for kind, name in TEXTS]
    report = PAYLOADS["issue.report"] | {
        "event_instance_id": str(ground.rows["hers"]["event_instances"])
    }
    whole = phone.envelope("issue.report", uuid4(), report)

    verdicts = [v for one in broken for v in phone.sync(one)["verdicts"]]
    verdicts += phone.sync(broken[0], whole)["verdicts"]

    assert {v["code"] for v in verdicts[:-1]} == {"malformed"}
    assert verdicts[-1]["status"] == "applied"
    assert not any(text in str(verdict) for verdict in verdicts)


def test_odd_text_in_any_field_is_only_text(ground: Ground) -> None:
    phone = ground.sign_in("dana")
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    before = ground.central.value(tables)
    for text in ODD:
        fitting = text[:400]
        envelopes = [with_text(ground, phone, kind, name, fitting) for kind, name in TEXTS]

        answer = phone.post(*envelopes)

        assert answer.status_code == 200, (fitting, answer.text)
        told = {v["operation_id"]: v for v in answer.json()["verdicts"]}
        unread = [e["kind"] for e in envelopes if told[e["id"]]["code"] == "malformed"]
        assert set(unread) <= {"issue.remove_photo", "kit.resolve_issue"}, fitting
    assert ground.central.value(tables) == before
    assert ground.central.value("SELECT count(*) FROM sync_operations WHERE attempts > 0") == 0


@pytest.mark.parametrize("text", ODD)
def test_odd_text_comes_back_from_the_office_and_in_the_spreadsheet_as_it_was_written(
    ground: Ground, ground_url: str, text: str
) -> None:
    phone, office, issue = ground.sign_in("ana"), ground.sign_in("dana"), uuid4()
    event = str(ground.rows["hers"]["event_instances"])
    report = PAYLOADS["issue.report"] | {"event_instance_id": event, "description": text}

    (verdict,) = phone.perform(phone.envelope("issue.report", issue, report))
    office.sync_all()

    assert verdict["status"] == "applied"
    stored = "SELECT description FROM event_issues WHERE id = %s"
    assert ground.central.value(stored, issue) == text
    assert phone.mirror["event_issues"][str(issue)]["description"] == text
    assert office.mirror["event_issues"][str(issue)]["description"] == text
    cell = exported(ground_url)[str(issue)]["description"]
    assert cell in {text, f"'{text}"}
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("table", exports.TABLES)
def test_no_cell_of_any_export_is_a_formula(ground: Ground, ground_url: str, table: str) -> None:
    evil = "=cmd|' /C calc'!A0"
    for change in (
        "UPDATE users SET name = %s WHERE name = 'ana'",
        "UPDATE bookings SET title = %s WHERE title = 'plain'",
        "UPDATE kit_instances SET serial_number = %s WHERE serial_number = 'KIT-hers'",
        "UPDATE staff_assignments SET role = %s",
    ):
        ground.db.execute(change, [evil])
    phone = ground.sign_in("dana")
    need = ground.rows["hers"]["activity_kits"]
    phone.perform(
        phone.envelope("kit.check_out", need), phone.envelope("kit.return", need, {"notes": evil})
    )

    rows = exported(ground_url, table).values()

    cells = [cell for row in rows for cell in row.values()]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@"))]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_signs_nobody_in_and_is_no_cursor(ground: Ground, text: str) -> None:
    phone = ground.sign_in("ana")
    said = text[:200]

    signed_in = phone.sign_in(said, said)
    answer = phone.post(cursor=said)

    assert signed_in.status_code == 401
    assert answer.json()["full"] is True


def with_text(ground: Ground, phone: WireClient, kind: str, name: str, text: str) -> dict[str, Any]:
    rows = ground.rows["hers"]
    named = {n: str(rows[t]) for n, t in NAMES.get(kind, {}).items()}
    target: UUID = uuid4() if kind in {"assignment.offer", "issue.report"} else rows[table_of(kind)]
    soon = wire_instant(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    payload = PAYLOADS[kind] | named | {name: text}
    return phone.envelope(kind, target, payload, occurred_at=soon)  # after any earlier refusal


def exported(url: str, table: str = "issues") -> dict[str, dict[str, str]]:
    """The rows of an export by their first column, as a spreadsheet would read them."""
    file, engine = io.StringIO(newline=""), create_engine(url)
    days = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
    with exports.table(engine, table, *days) as (columns, rows):
        spreadsheet.write(file, columns, rows)
    engine.dispose()
    lines = list(csv.DictReader(io.StringIO(file.getvalue()[1:], newline="")))
    return {row.get("id", str(n)): row for n, row in enumerate(lines)}
