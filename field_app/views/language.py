"""The language of a screen: gettext catalogues, chosen by the person or taken from the device.

Every sentence is written in English where it is shown; `tr` says it in the language of the page
that is being drawn.
"""

import gettext
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

K = TypeVar("K")

ENGLISH: Final = "en"
LANGUAGES: Final = {ENGLISH: "English", "es": "Espa\u00f1ol"}
"""Each by its own name, so that whoever reads it finds it."""
DOMAIN: Final = "fieldkit"

TWELVE_HOURS: Final = frozenset({"US", "CA", "AU", "NZ", "IN", "PH", "MX", "CO", "PR", "DO", "VE"})
"""Regions where people say 2:05 pm."""


@dataclass(frozen=True)
class Manner:
    """A language, and whether the day has twelve hours or twenty-four."""

    language: str = ENGLISH
    twelve_hours: bool = False


ENGLISH_MANNER: Final = Manner()
_manner: ContextVar[Manner] = ContextVar("manner", default=ENGLISH_MANNER)


def speak(manner: Manner) -> None:
    """From here on, in what is being drawn or handled now, everything is said like this."""
    _manner.set(manner)


def manner() -> Manner:
    return _manner.get()


def has_twelve_hours() -> bool:
    return _manner.get().twelve_hours


def manner_of(tags: Sequence[str], language: str | None, hours: str | None) -> Manner:
    """As chosen (`hours`: "12" or "24"); else as a device prefers it, by tags such as `es-MX`."""
    parts = [tag.replace("_", "-").split(".")[0].split("-") for tag in tags]
    known = [part[0].lower() for part in parts if part[0].lower() in LANGUAGES]
    if language not in LANGUAGES:
        language = known[0] if known else ENGLISH
    region = next((part[-1].upper() for part in parts if len(part) > 1), "")
    return Manner(language, hours == "12" if hours else region in TWELVE_HOURS)


ONE_POINT = (" m..", " m.")
"""The point of "2:05 p. m." ends a sentence too."""


def tr(message: str, **values: object) -> str:
    """A sentence in the language of the page, its `{names}` filled in."""
    said = _catalogue(_manner.get().language).gettext(message)
    return said.format(**values).replace(*ONE_POINT) if values else said


def trc(context: str, message: str) -> str:
    """A word that means something else elsewhere; `context` tells them apart."""
    return _catalogue(_manner.get().language).pgettext(context, message)


def trn(one: str, many: str, count: int) -> str:
    """A sentence about a number of things; `{count}` is the number."""
    return _catalogue(_manner.get().language).ngettext(one, many, count).format(count=count)


def mark(message: str) -> str:
    """The message itself: it is found for the catalogue here, and said by `tr` later."""
    return message


class Said(Mapping[K, str]):
    """Marked texts by key, each said in the language of the page."""

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._texts = texts

    def __getitem__(self, key: K) -> str:
        return tr(self._texts[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    path = files("field_app.views") / "locale" / language / f"{DOMAIN}.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)
