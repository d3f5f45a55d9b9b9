"""The documents tell what the code does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from field_app.domain.flags import FlagCode
from field_app.domain.operations import FACTS, KINDS, Operation
from field_app.domain.refusals import SENTENCES
from field_app.domain.transitions import ASSIGNMENT, ISSUE, KIT, describe

DOCS = Path(__file__).parents[2] / "docs"
OPERATIONS = (DOCS / "operations.md").read_text()
MEMBERS = {each.model_fields["kind"].default: each for each in get_args(get_args(Operation)[0])}


def table_under(heading: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    section = OPERATIONS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows[2:]]


def listed(cell: str) -> set[str]:
    return set(re.findall(r"[a-z0-9_]+\??", cell))


KINDS_TOLD = {row[0]: row[1:] for row in table_under("Operations")}


def test_every_kind_is_told_as_the_fact_or_claim_it_is() -> None:
    told = {kind: row[0] for kind, row in KINDS_TOLD.items()}

    assert told == {kind: "fact" if kind in FACTS else "claim" for kind in KINDS}


VERBS = {
    "assignment.correct_time": {"correct_in", "correct_out"},
    "kit.resolve_issue": {"resolve_to_returned", "resolve_to_prepared", "resolve_to_needed"},
}
STATELESS = {
    "review.decide",
    "issue.report",
    "issue.add_photo",
    "issue.remove_photo",
    "issue.set_severity",
}
"""Kinds that make a row, or leave its state as it is."""
BY_STATE = {"event.transition", "event.advance", "activity.transition", "assignment.close"}
BY_STATE |= {"booking.transition"}
"""Kinds that name the state they lead to, or that only the server does."""


@pytest.mark.parametrize("kind", sorted(KINDS - BY_STATE - STATELESS))
def test_every_kind_leads_from_and_to_the_states_told(kind: str) -> None:
    noun, _, verb = kind.partition(".")
    table = {"assignment": ASSIGNMENT, "kit": KIT, "issue": ISSUE}[noun]
    verbs = VERBS.get(kind, {verb})
    moves = {(state, to) for (state, by), to in table.items() if by in verbs}
    _, _, start, end, _ = KINDS_TOLD[kind]

    assert listed(start) == {state for state, _ in moves}
    assert listed(end) == {to for _, to in moves}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_payload_is_told_with_what_may_be_left_out(kind: str) -> None:
    fields = {
        name if field.is_required() else f"{name}?"
        for name, field in MEMBERS[kind].model_fields.items()
        if name != "kind"
    }

    assert listed(KINDS_TOLD[kind][-1]) == fields


def test_every_refusal_is_told_in_its_own_words() -> None:
    told = dict(table_under("Refusals"))

    assert told == {code.value: sentence for code, sentence in SENTENCES.items()}


def test_every_flag_is_told() -> None:
    assert [row[0] for row in table_under("Flags")] == [code.value for code in FlagCode]


def test_every_conflict_is_told_and_those_that_are_built_are_proven() -> None:
    rows = table_under("When two things meet")
    files = ("test_conflicts.py", "test_custody.py", "test_kits.py", "test_upkeep.py")
    files += ("../server/test_parked.py",)
    proofs = "".join((Path(__file__).parent / name).read_text() for name in files)
    decided = [row[0] for row in rows if row[3] != "no" and row[0] != "C13"]

    assert [row[0] for row in rows] == [f"C{number}" for number in range(1, 15)]
    assert [each for each in decided if f"def test_{each.lower()}_" not in proofs] == []


def test_every_state_is_told_as_the_code_prints_it() -> None:
    assert f"```text\n{describe()}\n```" in OPERATIONS


def test_the_glossary_has_every_word_once_in_order() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", (DOCS / "glossary.md").read_text(), re.MULTILINE)

    assert words == sorted(set(words))


def test_every_file_on_the_walk_exists() -> None:
    walk = (DOCS / "walk.md").read_text()
    named = {word.strip("`.,();:") for word in walk.split() if ".py" in word}
    places = [DOCS.parent, DOCS.parent / "field_app", DOCS.parent / "server_stub"]

    missing = [name for name in named if not any((place / name).exists() for place in places)]

    assert missing == []


def test_every_picture_is_shown_and_every_one_shown_is_there() -> None:
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    shown = {
        name
        for page in pages
        for name in re.findall(r'"(?:docs/)?pictures/(.+?)"', page.read_text())
    }

    assert shown == {picture.name for picture in (DOCS / "pictures").iterdir()}


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [*DOCS.parent.glob("*.md"), *DOCS.rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if not link.startswith(("http", "mailto"))
    ]

    missing = [(page.name, link) for page, link in links if not (page.parent / link).exists()]

    assert missing == []
