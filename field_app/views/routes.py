"""Reading addresses."""

from uuid import UUID

import flet as ft

NOTHING = UUID(int=0)
"""The id that no record has."""


def id_in_route(name: str) -> UUID:
    """The id that an address names; the nil id where it names none."""
    try:
        return UUID(ft.use_route_params()[name])
    except (ValueError, KeyError):
        return NOTHING


LISTS = ("/exceptions", "/kits", "/issues")


def above(path: str) -> str:
    """The screen that Back leads to."""
    parent, _, _ = path.rpartition("/")
    return parent if parent in LISTS or parent.startswith("/event/") else "/"
