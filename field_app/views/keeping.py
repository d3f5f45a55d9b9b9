"""What a part of a screen showed last, for when it cannot be drawn again."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import flet as ft


@ft.observable
@dataclass
class Beat:
    """Counts the changes of what is old; whoever holds it in state renders again."""

    count: int = 0


@dataclass(eq=False)
class Part:
    """One component on the screen: what it drew last, when, and how it is drawn anew."""

    drawn: Any = None
    at: dt.datetime | None = None
    again: Callable[[], None] = lambda: None


@dataclass
class OldParts:
    """The parts that still show what they showed before, since drawing them anew failed."""

    beat: Beat = field(default_factory=Beat)
    _parts: set[Part] = field(default_factory=set)

    @property
    def since(self) -> dt.datetime | None:
        """Where the oldest of them stands; None while all is as it should be."""
        return min((part.at for part in self._parts if part.at), default=None)

    def add(self, part: Part) -> None:
        if part not in self._parts:
            self._parts.add(part)
            self.beat.count += 1

    def forget(self, part: Part) -> None:
        if part in self._parts:
            self._parts.remove(part)
            self.beat.count += 1

    def try_again(self) -> None:
        for part in list(self._parts):
            part.again()


def use_part(old: OldParts) -> Part:
    """The component that is being drawn. It counts as old no longer than it is on the screen."""
    part = cast("Part", ft.use_ref(lambda: cast("Any", Part())).current)
    _, turn = ft.use_state(0)
    part.again = lambda: turn(lambda tries: tries + 1)
    ft.use_effect(_nothing, dependencies=[], cleanup=lambda: old.forget(part))
    return part


def _nothing() -> None:
    """The effect is all in its end."""
