"""The documents tell what the code does."""

from pathlib import Path

from field_app.domain.flags import FlagCode
from field_app.domain.operations import FACTS, KINDS

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
WALK = Path(__file__).parents[2] / "docs" / "walk.md"


def test_every_kind_is_described_as_the_fact_or_claim_it_is() -> None:
    rows = [line.split("|") for line in OPERATIONS.read_text().splitlines() if "| `" in line]
    told = {row[1].strip(" `"): row[2].strip() for row in rows if "." in row[1]}

    assert told == {kind: "fact" if kind in FACTS else "claim" for kind in KINDS}


def test_every_flag_is_described() -> None:
    text = OPERATIONS.read_text()

    assert [code.value for code in FlagCode if f"`{code.value}`" not in text] == []


def test_every_file_on_the_walk_exists() -> None:
    root = OPERATIONS.parents[1]
    named = {word.strip("`.,();:") for word in WALK.read_text().split() if ".py" in word}
    places = [root, root / "field_app", root / "server_stub"]

    missing = [name for name in named if not any((place / name).exists() for place in places)]

    assert missing == []
