"""Text and instants as they may come over the wire: bounded, storable, unambiguous."""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # what a phone says that has lost its clock
LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Invisible characters that have the text after them shown in another order than it is."""


def _storable(text: str) -> str:
    """Refuse what PostgreSQL cannot hold; lone surrogates are pydantic's own refusal."""
    if "\x00" in text:
        raise ValueError("text must not contain NUL")
    return TURNING.sub("", text)


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("text must say something")
    return text


def _plausible(instant: dt.datetime) -> dt.datetime:
    if not EARLIEST <= instant <= LATEST:
        raise ValueError("an instant must lie between 1970 and 2100")
    return instant.astimezone(dt.UTC)


Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_storable)]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_storable),
    AfterValidator(_said),
]
Paragraph = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_storable)]
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(_storable),
    AfterValidator(_said),
]
WireInstant = Annotated[AwareDatetime, AfterValidator(_plausible)]
