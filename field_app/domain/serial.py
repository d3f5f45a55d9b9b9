"""Serial numbers of kits: what stands on the label, and finding one by what somebody typed.

A label carries a check character after the serial number: ISO 7064 MOD 37,36 over its letters
and digits. It catches every single mistyped character and every swap of two neighbours.
"""

import re
from collections.abc import Iterable
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LABEL: Final = re.compile(r"[A-Z]+[0-9]*?[0-9]{4}[0-9A-Z]")
LOOK_ALIKES: Final = str.maketrans("OI", "01")


def check_character(serial: str) -> str:
    """The character that stands after this serial number on its label."""
    remainder = 36
    for character in normalize(serial):
        remainder = (remainder + ALPHABET.index(character)) % 36 or 36
        remainder = remainder * 2 % 37
    return ALPHABET[(37 - remainder) % 36]


def label_text(serial: str) -> str:
    """What is printed and scanned: `LCB-SAMP-0001-K`."""
    return f"{serial}-{check_character(serial)}"


def normalize(text: str) -> str:
    """Upper case, letters and digits alone."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def find_serials(typed: str, known: Iterable[str]) -> list[str]:
    """The known serial numbers that somebody may have meant, sorted.

    Case and dashes do not matter, the check character may be left out, the last digits are
    enough, and O and I stand in for 0 and 1. An exact match is the only answer.
    """
    wanted = normalize(typed)
    if not wanted:
        return []
    serials = sorted(set(known))
    for read in (normalize, look_alike):
        exact = [s for s in serials if read(wanted) in {read(s), read(label_text(s))}]
        if exact:
            return exact
    return [s for s in serials if _ends_in(s, wanted)]


def looks_mistyped(typed: str) -> bool:
    """Whether this has a label's shape and its check character does not fit the rest."""
    text = normalize(typed)
    return LABEL.fullmatch(text) is not None and check_character(text[:-1]) != text[-1]


def look_alike(text: str) -> str:
    """Normalized, with what looks like a digit read as one."""
    return normalize(text).translate(LOOK_ALIKES)


def ending(typed: str) -> str:
    """What the serial numbers end in that this may be the end of, normalized."""
    return _split(normalize(typed))[1] or normalize(typed)


def _ends_in(serial: str, wanted: str) -> bool:
    """Whether a serial number ends like this, leading zeros of its number aside."""
    letters, number = _split(wanted)
    own_letters, own_number = _split(normalize(serial))
    return own_letters.endswith(letters) and own_number == number


def _split(text: str) -> tuple[str, str]:
    """What stands before the last digits, and those without leading zeros."""
    head = text.rstrip("0123456789")
    return head, text[len(head) :].lstrip("0")
