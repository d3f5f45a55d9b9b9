"""Operations of older apps: their payloads, brought to the form of today.

A phone that was off for months sends what it saved then. A kind whose payload changed in a way that
the old one cannot be read gets the next `kind_version`, and a function here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from field_app.domain.operations import KINDS
from field_app.domain.wire import WireEnvelope

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""A payload of one version as one of the next."""

UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = {}
"""By kind and the version that it takes; every kind is still at its first."""


def version_of(kind: str, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS) -> int:
    """The version of a kind that is written today."""
    return 1 + max((version for name, version in upcasts if name == kind), default=0)


def upcast(
    wire: WireEnvelope, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS
) -> WireEnvelope | None:
    """An envelope as it would be written today; None for a kind or version that is not known."""
    today = version_of(wire.kind, upcasts)
    if wire.kind not in KINDS or wire.kind_version > today:
        return None
    payload = wire.payload
    for version in range(wire.kind_version, today):
        payload = upcasts[wire.kind, version](payload)
    return wire.model_copy(update={"payload": payload, "kind_version": today})
