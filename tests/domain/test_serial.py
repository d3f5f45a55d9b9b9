"""Serial numbers: the check character, and finding a kit by what somebody typed."""

import pytest

from field_app.domain.serial import (
    ALPHABET,
    check_character,
    ending,
    find_serials,
    label_text,
    looks_mistyped,
    normalize,
)

KNOWN = ["LCB-SAMP-0001", "LCB-SAMP-0012", "HZ-BAR-0101", "TENT-10-0401", "OI-1"]


def test_the_standards_own_example() -> None:
    assert check_character("A12425GABC1234002") == "M"


def is_valid(text: str) -> bool:
    """ISO 7064 MOD 37,36 read the other way round: over the whole text, the remainder is 1."""
    product = 36
    for character in text[:-1]:
        total = (product + ALPHABET.index(character)) % 36
        product = (total or 36) * 2 % 37
    return (product + ALPHABET.index(text[-1])) % 36 == 1


@pytest.mark.parametrize("serial", KNOWN)
def test_a_label_is_valid_and_every_single_slip_is_noticed(serial: str) -> None:
    label = normalize(label_text(serial))
    assert is_valid(label)

    for place, right in enumerate(label):
        for wrong in set(ALPHABET) - {right}:
            assert not is_valid(label[:place] + wrong + label[place + 1 :])
    for place in range(len(label) - 1):
        first, second = label[place : place + 2]
        swapped = label[:place] + second + first + label[place + 2 :]
        # The standard finds all swaps but those of 0 and Z.
        assert first == second or {first, second} == {"0", "Z"} or not is_valid(swapped)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("LCB-SAMP-0001", ["LCB-SAMP-0001"]),
        ("lcb samp 0001", ["LCB-SAMP-0001"]),
        (label_text("LCB-SAMP-0001"), ["LCB-SAMP-0001"]),
        ("LCB-SAMP-OO0I", ["LCB-SAMP-0001"]),
        ("0001", ["LCB-SAMP-0001", "OI-1"]),
        ("1", ["LCB-SAMP-0001", "OI-1"]),
        ("101", ["HZ-BAR-0101"]),
        ("samp12", ["LCB-SAMP-0012"]),
        ("bar 101", ["HZ-BAR-0101"]),
        ("LCB-SAMP-0001-Q", []),
        ("9", []),
        ("  ", []),
        ("SAMP", []),
    ],
)
def test_what_was_typed_finds_what_was_meant(typed: str, found: list[str]) -> None:
    assert find_serials(typed, KNOWN) == found


def test_a_wrong_check_character_is_told_from_an_unknown_number() -> None:
    label = label_text("LCB-SAMP-0001")
    wrong = label[:-1] + ("A" if label[-1] != "A" else "B")

    assert looks_mistyped(wrong)
    assert not looks_mistyped(label)
    assert not looks_mistyped("LCB-SAMP-0001")
    assert not looks_mistyped("whatever")


@pytest.mark.parametrize(
    ("typed", "end"), [("lcb samp 0012", "12"), ("12", "12"), ("0", "0"), ("samp", "SAMP")]
)
def test_the_end_of_what_was_typed_is_where_to_look(typed: str, end: str) -> None:
    assert ending(typed) == end
