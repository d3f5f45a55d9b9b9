"""What ships is locked, listed and licensed; an audit of nothing does not pass."""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import free_port
from tools import audit, leaks, licences, lock, sbom

HOLE = {"vulns": [{"id": "PYSEC-0", "modified": "2026-01-01T00:00:00Z"}]}
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"


@contextmanager
def osv(*, knows: bool = True, holes: int = 0) -> Iterator[str]:
    """A source of advisories that knows the known hole, and some among ours."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            is_probe = len(asked) == 1
            bad = int(knows) if is_probe else holes
            self.say({"results": [HOLE if n < bad else {} for n in range(len(asked))]})

        def do_GET(self) -> None:
            self.say({"id": "PYSEC-0", "modified": "2026-01-01T00:00:00Z", "affected": []})

        def say(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_every_package_has_hashes_and_comes_from_the_index() -> None:
    assert lock.faults(lock.read()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": {"git": "https://example.org/x"}}, "does not come from"),
        ({"wheels": [{"url": "x"}]}, "without a hash"),
        ({"wheels": [], "sdist": None}, "has no file"),
    ],
)
def test_a_package_from_elsewhere_or_without_a_hash_is_a_fault(
    change: dict[str, Any], fault: str
) -> None:
    packages = copy.deepcopy(lock.read())
    packages[0] |= change

    assert any(fault in each for each in lock.faults(packages))


@pytest.mark.parametrize("part", lock.PARTS)
def test_a_bill_lists_exactly_what_ships(part: str) -> None:
    ships = lock.shipped(part, lock.read())
    written = sbom.bill(part)

    assert sbom.differences(written, ships) == []
    assert all(each["licenses"] for each in written["components"])
    assert len(sbom.differences(written, ships[1:])) == 1
    assert len(sbom.differences(written, [*ships, lock.Package("other", "1")])) == 1


@pytest.mark.parametrize("part", lock.PARTS)
def test_all_that_ships_may_ship(part: str) -> None:
    assert licences.faults(part, lock.shipped(part, lock.read())) == []


def test_the_page_of_licences_is_up_to_date() -> None:
    packages = {part: lock.shipped(part, lock.read()) for part in lock.PARTS}

    assert licences.PAGE.read_text() == licences.page(packages), (
        "run `uv run python -m tools.licences`"
    )


@pytest.mark.parametrize("name", ["psycopg", "no-such-package"])
def test_a_licence_that_is_unknown_or_not_allowed_is_a_fault(name: str) -> None:
    assert len(licences.faults("client", [lock.Package(name, "1")])) == 1


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("License-Expression", "MIT OR GPL-3.0-only", "MIT OR GPL-3.0-only"),
        ("License", "BSD-3-Clause", "BSD-3-Clause"),
        ("Classifier", "License :: OSI Approved :: MIT License", "MIT"),
        ("License", "GPL", "GPL"),
        ("Name", "silent", None),
    ],
)
def test_a_licence_is_read_wherever_a_package_says_it(
    header: str, value: str, expected: str | None
) -> None:
    metadata = Message()
    metadata[header] = value

    assert licences.declared(metadata) == expected


def test_of_alternatives_one_licence_is_enough_and_together_each_counts() -> None:
    assert licences.is_allowed("GPL-3.0-only OR MIT", "client")
    assert not licences.is_allowed("GPL-3.0-only AND MIT", "client")


def test_an_audit_without_a_source_says_that_nothing_was_audited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.audit(f"http://127.0.0.1:{free_port()}") == 2
    assert "Nothing was audited" in capsys.readouterr().out


def test_a_source_that_knows_nothing_does_not_count_as_an_audit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with osv(knows=False) as source:
        assert audit.audit(source) == 1
    assert "Nothing was audited" in capsys.readouterr().out


def test_an_audit_that_asked_about_less_than_the_lock_is_refused() -> None:
    packages = len(lock.read()) - 1
    with osv() as source, pytest.raises(audit.NotAuditedError, match="were asked about"):
        audit.audited(source, packages + 1)


@pytest.mark.parametrize("holes", [0, 1])
def test_an_audit_fails_for_a_hole_and_passes_for_none(
    holes: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with osv(holes=holes) as source:
        assert audit.audit(source) == holes
    assert ("PYSEC-0" in capsys.readouterr().out) == bool(holes)


@pytest.mark.long
def test_no_secret_is_committed() -> None:
    assert leaks.leaks(leaks.committed()) == []


def test_a_committed_key_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.txt"
    planted.write_text(f"{PRIVATE_KEY}\nMIIE\n")

    assert len(leaks.leaks([planted])) == 1
