"""The operator's commands: people, imports from CSV, exports that are safe in a spreadsheet."""

import csv
import io
import json
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from server_stub import database
from server_stub.demo.seed import seed_demo
from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.support.central import Central
from tests.support.commands import command
from tests.support.wire_client import WireClient

PERIOD = ("--from", "2000-01-02", "--to", "2099-12-29")


@pytest.fixture
def where(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url}


def a_file(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def count(db: psycopg.Connection, table: str) -> int:
    return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_somebody_is_added_signs_in_and_is_deactivated(
    central: Central, http: httpx.Client, where: dict[str, str]
) -> None:
    email = "mei@agency.example"
    role = ["--role", "field_manager", "--organization", "agency"]
    added = command("people", "add", "Mei Tanaka", email, *role, "--json", **where)
    again = command("people", "add", "Mei Tanaka", email, *role, **where)
    device = WireClient(http, email, json.loads(added.stdout)["password"])
    changed = command("people", "reset-password", email, **where)
    new = changed.stdout.strip().rpartition(" ")[2]

    old_password = device.sign_in(email, json.loads(added.stdout)["password"])
    gone = command("people", "deactivate", email.upper(), **where)
    refused = device.post()
    back = command("people", "activate", email, **where)

    assert "is here already" in again.stderr
    assert old_password.status_code == 401
    assert gone.returncode == back.returncode == 0
    assert (refused.status_code, refused.json()["code"]) == (403, "deactivated")
    assert device.sign_in(email, new).status_code == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "X", "nowhere", "--role", "client"], "'nowhere' is no e-mail address."),
        (["add", "X", "x@y.example", "--role", "boss"], "'boss' is no role;"),
        (
            ["add", "X", "x@y.example", "--role", "client", "--organization", "Acme"],
            "There is no organization 'Acme'.",
        ),
        (["reset-password", "x@y.example"], "Nobody here has the e-mail x@y.example."),
        (["deactivate", "x@y.example"], "Nobody here has the e-mail x@y.example."),
    ],
)
def test_what_does_not_fit_is_said_in_words(
    central: Central, where: dict[str, str], words: list[str], sentence: str
) -> None:
    done = command("people", *words, **where)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)


def test_people_are_imported_and_a_second_time_brought_up_to_date(
    central: Central, db: psycopg.Connection, tmp_path: Path, where: dict[str, str]
) -> None:
    first = "Name,Email,Role,Organization,Phone\nZoë,zoe@a.example,brand_agent,Agency,+1 2\n"
    file = a_file(tmp_path, "\ufeff" + first)
    tried = command("people", "import", file, "--dry-run", **where)
    before = count(db, "users")
    made = command("people", "import", file, **where)
    more = first.replace("+1 2", "+1 3") + "Ed,ed@a.example,field_manager,,\n"
    changed = command("people", "import", a_file(tmp_path, more), "--json", **where)

    assert (tried.stdout.strip(), before) == ("Would be: 1 created, 0 updated, 0 unchanged.", 0)
    assert made.stdout.strip() == "1 created, 0 updated, 0 unchanged."
    assert json.loads(changed.stdout) == {"created": 1, "updated": 1, "unchanged": 0}
    assert central.value("SELECT phone FROM users WHERE name = 'Zoë'") == "+1 3"


def test_a_file_with_problems_is_refused_whole_with_every_line_named(
    db: psycopg.Connection, tmp_path: Path, where: dict[str, str]
) -> None:
    text = "name,latitude,longitude,time_zone,geofence_radius_m\n"
    text += "Good,40.7,-74,America/New_York,150\nNo zone,1,2,Mars/Olympus,\n"
    text += "Half,1,,,\nOdd,north,2,,\nFar,91,2,UTC,\n,1,2,,\n"

    done = command("venues", "import", a_file(tmp_path, text), **where)

    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert said[0] == "line 3: 'Mars/Olympus' is no time zone; one is America/New_York."
    assert said[1] == "line 4: A position needs latitude and longitude."
    assert said[2] == "line 5: The latitude 'north' is no number."
    assert said[3].startswith("line 6: ")
    assert said[4] == "line 7: The name is empty."
    assert said[5] == "Nothing was taken in: 5 lines have to be put right first."
    assert count(db, "locations") == 0


def test_venues_and_kits_are_imported(
    central: Central, db: psycopg.Connection, tmp_path: Path, where: dict[str, str]
) -> None:
    insert(db, "kit_templates", name="Sampling kit")
    venues = "name,address,latitude,longitude,time_zone\nHall,1 Main St,40.5,-74.25,UTC\n"
    kits = "serial_number,template\nlcb-0001,sampling KIT\nLCB-0002,Sampling kit\n"

    file = a_file(tmp_path, venues)
    first, second = (command("venues", "import", file, **where).stdout for _ in range(2))
    made = command("kits", "import", a_file(tmp_path, kits), **where)
    unknown = command("kits", "import", a_file(tmp_path, kits + "X-1,Bar kit\n"), **where)

    assert first.startswith("1 created")
    assert second.startswith("0 created, 0 updated, 1 unchanged")
    assert central.value("SELECT longitude FROM locations") == -74.25
    assert made.stdout.startswith("2 created")
    assert "line 4: There is no kit template 'Bar kit'." in unknown.stderr


@pytest.mark.parametrize(
    ("text", "encoding", "sentence"),
    [
        ("name,role\n", "utf-8", "rows.csv has no column email."),
        ("name,email,role,shoe\n", "utf-8", "rows.csv has unknown columns: shoe."),
        ("name,email,role\nJosé,j@a.example,client\n", "latin-1", "rows.csv is not UTF-8."),
    ],
)
def test_a_file_that_is_none_is_said_in_words(
    tmp_path: Path, where: dict[str, str], text: str, encoding: str, sentence: str
) -> None:
    done = command("people", "import", a_file(tmp_path, text, encoding), **where)

    assert (done.returncode, done.stderr.strip()) == (1, sentence)


def test_a_file_that_is_not_there_is_said_in_words(where: dict[str, str]) -> None:
    done = command("kits", "import", "nowhere.csv", **where)

    assert (done.returncode, done.stderr.strip()) == (
        1,
        "nowhere.csv cannot be read: No such file or directory.",
    )


@pytest.mark.parametrize("name", ["hours", "issues", "custody"])
def test_the_demo_is_exported_as_a_table_and_as_json(
    database_url: str, tmp_path: Path, where: dict[str, str], name: str
) -> None:
    engine = database.create_engine(database_url, pool_size=1)
    seed_demo(engine, reset=False)
    engine.dispose()
    out = tmp_path / "table.csv"

    written = command("export", name, *PERIOD, "--out", str(out), **where)
    told = command("export", name, *PERIOD, "--json", **where)

    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert f"Wrote {len(rows)} rows" in written.stderr
    assert len(rows) == len(lines) > 1
    assert list(rows[0]) == list(lines[0])
    assert all(row["event"] for row in rows)


def test_times_are_exported_by_the_venues_clock_and_formulas_are_text(
    central: Central, db: psycopg.Connection, where: dict[str, str], ana: UUID
) -> None:
    venue = insert(db, "locations", name="=HYPERLINK(1)", time_zone="America/New_York")
    event = central.an_event(in_h=-30, location_id=venue)
    times = {"check_in_time": "2026-07-01 15:00", "check_out_time": "2026-07-01 19:30"}
    central.a_shift(event, ana, "checked_out", hours_worked=4.5, **times)

    (row,) = csv.DictReader(io.StringIO(command("export", "hours", *PERIOD, **where).stdout[1:]))

    assert (row["checked_in"], row["checked_out"], row["hours"]) == (
        "2026-07-01 11:00",
        "2026-07-01 15:30",
        "4.50",
    )
    assert row["venue"] == "'=HYPERLINK(1)"


def test_a_table_that_cannot_be_written_is_said_in_words(
    central: Central, where: dict[str, str]
) -> None:
    done = command("export", "hours", *PERIOD, "--out", "/nowhere/at/all.csv", **where)

    assert (done.returncode, done.stderr.strip()) == (
        1,
        "/nowhere/at/all.csv cannot be written: No such file or directory.",
    )


def test_a_deactivated_persons_stream_ends(
    central: Central, sign_in: SignIn, http: httpx.Client, ana: UUID, where: dict[str, str]
) -> None:
    device = sign_in(ana)
    with http.stream("GET", "/v1/sync/stream", headers=device.headers) as stream:
        lines = stream.iter_lines()
        next(lines)
        command("people", "deactivate", central.emails[ana], **where)

        assert "event: changed" not in list(lines)[-1:]
