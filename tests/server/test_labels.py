"""Printing kit labels: what is on the sheet, and what is refused in words."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from uuid import uuid4

import psycopg
import segno

from field_app.domain.serial import label_text
from server_stub.labels import Label, Paper, sheets
from tests.support.central import Central
from tests.support.commands import command

SVG = "{http://www.w3.org/2000/svg}"


def titles(svg: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(svg).iter(f"{SVG}title")]


def a_kit(db: psycopg.Connection, serial: str, status: str = "available") -> None:
    template = uuid4()
    db.execute(
        "INSERT INTO kit_templates (id, name, components) VALUES (%s, 'Sampling <kit>', '[]')",
        [template],
    )
    db.execute(
        "INSERT INTO kit_instances (id, template_id, serial_number, status) "
        "VALUES (%s, %s, %s, %s)",
        [uuid4(), template, serial, status],
    )


def test_a_label_carries_the_check_character_in_code_and_text() -> None:
    (sheet,) = sheets([Label("LCB-SAMP-0001", "Sampling")], Paper.A4)

    text = label_text("LCB-SAMP-0001")
    code = segno.make(text, error="m", micro=False)
    path = re.search(r'd="([^"]+)"', code.svg_inline(border=4, svgclass=None, lineclass=None))
    assert path is not None
    assert path[1] in sheet
    assert [each.text for each in ET.fromstring(sheet).iter(f"{SVG}text")] == [text, "Sampling"]


def test_a_page_holds_24_labels_and_none_leaves_the_paper() -> None:
    pages = list(sheets([Label(f"K-{n:04}", "x") for n in range(25)], Paper.LETTER))

    assert [len(titles(page)) for page in pages] == [24, 1]
    width, height = Paper.LETTER.size_mm
    for box in list(ET.fromstring(pages[0]).iter(f"{SVG}rect"))[1:]:
        x, y, w, h = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


def test_a_long_serial_number_is_printed_smaller() -> None:
    short, long = (next(sheets([Label(s, "x")], Paper.A4)) for s in ("A-0001", "A" * 40 + "0001"))

    def size(svg: str) -> float:
        return float(next(ET.fromstring(svg).iter(f"{SVG}text")).attrib["font-size"])

    assert size(long) < size(short)


def test_the_command_prints_every_kit_that_is_not_retired(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    a_kit(central.db, "LCB-SAMP-0001")
    a_kit(central.db, "LCB-SAMP-0002")
    a_kit(central.db, "LCB-SAMP-0003", "retired")

    out = tmp_path / "labels.svg"
    done = command("kits", "labels", "--out", str(out), DATABASE_URL=database_url)

    assert (done.returncode, done.stdout) == (0, f"Wrote {out}.\n"), done.stderr
    svg = out.read_text()
    assert titles(svg) == [label_text("LCB-SAMP-0001"), label_text("LCB-SAMP-0002")]
    assert "Sampling &lt;kit&gt;" in svg


def test_more_kits_than_a_page_holds_become_numbered_files(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    for number in range(25):
        a_kit(central.db, f"K-{number:04}")

    done = command("kits", "labels", "--out", str(tmp_path / "k.svg"), DATABASE_URL=database_url)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k-2.svg", "k.svg"]


def test_what_cannot_be_printed_is_said(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    nothing = command("kits", "labels", DATABASE_URL=database_url)
    a_kit(central.db, "K-0001")
    unknown = command("kits", "labels", "--serial", "K-0002", DATABASE_URL=database_url)
    nowhere = command(
        "kits", "labels", "--out", str(tmp_path / "no" / "k.svg"), DATABASE_URL=database_url
    )

    assert "no kits to print" in nothing.stderr
    assert "There is no such kit: K-0002." in unknown.stderr
    assert "cannot be written: No such file or directory." in nowhere.stderr
    assert {nothing.returncode, unknown.returncode, nowhere.returncode} == {1}
