"""What an open sheet or form knows, read at the moment of a tap."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar, cast

import flet as ft

from field_app.views.hooks import guarded

F = TypeVar("F")


def entered(event: ft.Event[Any]) -> Any:
    """What a field or a switch was changed to.

    The news itself says it. The control may by then have been drawn anew, with what was known
    before: reading it would lose what was typed.
    """
    return event.control.value if event.data is None else event.data


class Form(Generic[F]):
    """A frozen dataclass that a person fills in; None while it is closed.

    A tap can come before the screen was drawn again after the last keystroke, so handlers change
    and read the form itself, never the copy that they were drawn with.
    """

    def __init__(self, value: F | None) -> None:
        self.value = value
        self.draw: Callable[[Any], None] = lambda _value: None
        self._is_saving = False

    def open(self, value: F) -> None:
        self._set(value)

    def close(self, _: object = None) -> None:
        self._set(None)

    def change(self, **changes: Any) -> None:
        if self.value is not None:
            self._set(replace(self.value, **changes))  # type: ignore[type-var]

    def on(self, field: str, **also: Any) -> Callable[[Any], None]:
        """A handler that keeps what is written into one field."""
        return lambda event: self.change(**{field: entered(event)}, **also)

    def saves(self, save: Callable[[F], Awaitable[None]]) -> Callable[..., Any]:
        """A handler that hands the form to `save`; a second tap meanwhile does nothing."""

        async def run(_: object) -> None:
            if self.value is None or self._is_saving:
                return
            self._is_saving = True
            try:
                await save(self.value)
            finally:
                self._is_saving = False

        return guarded(run)

    def _set(self, value: F | None) -> None:
        self.value = value
        self.draw(value)


def use_form(_kind: type[F], value: F | None = None) -> Form[F]:
    """A form of this component; drawing it again after every change."""
    form = cast("Form[F]", ft.use_ref(lambda: cast("Any", Form(value))).current)
    _, form.draw = ft.use_state(value)
    return form
