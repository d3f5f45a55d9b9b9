"""Flet's walk through what a screen gains, without looking at what cannot hold a control.

Flet's own looks at every field of every control, some sixty, though nearly all are at their
defaults, and it keeps apart those that are not. That takes a fifth of drawing a list (see
docs/performance.md). This replaces a private method, which is why Flet is pinned.
"""

import dataclasses
import weakref
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import FunctionType, MethodType
from typing import Any

from flet.controls import object_patch
from flet.controls.object_patch import DiffBuilder
from flet.controls.value_types import Prop, _get_raw_descriptor

LEAVES = (str, int, float, bool, bytes, type(None), Enum, FunctionType, MethodType)


def install() -> None:
    """For every page of this process."""
    DiffBuilder._configure_dataclass = _configure  # type: ignore[method-assign]


def _configure(
    self: DiffBuilder, item: Any, parent: Any, frozen: bool, configure_setattr_only: bool = False
) -> Iterator[Any]:
    """As Flet's, but for the fields it looks at."""
    if isinstance(item, dict | list):
        for each in item.values() if isinstance(item, dict) else item:
            yield from _configure(self, each, parent, frozen)
        return
    if not hasattr(type(item), "__dataclass_fields__"):
        return
    if parent is None and (known := getattr(item, "_parent", None)):
        parent = known()
    if parent:
        item._parent = weakref.ref(parent)
    if hasattr(item, "_frozen"):
        frozen = item._frozen
    elif frozen:
        item._frozen = frozen
    cls: Any = type(item)
    if getattr(cls, "__flet_control_cls__", None) is None:
        cls.__flet_control_cls__ = self.control_cls
    is_control = self.control_cls is not None and isinstance(item, self.control_cls)
    if is_control:
        if not configure_setattr_only:
            item.build()
            item._before_update_safe()
            object.__setattr__(item, "_initialized", True)
        yield item
    if not configure_setattr_only:
        for each in _held(item):
            yield from _configure(self, each, item if is_control else parent, frozen)
    if not frozen:
        _track(item)


def _held(item: Any) -> Iterator[Any]:
    """Values of its fields that may be, or hold, controls."""
    values = getattr(item, "_values", None)
    cls: Any = type(item)
    for name, is_sparse in _fields(cls):
        held = values.get(name) if is_sparse and values is not None else getattr(item, name)
        if not isinstance(held, LEAVES):
            yield held


@cache
def _fields(cls: type) -> list[tuple[str, bool]]:
    """Names of what Flet looks at, and whether it is kept apart and a leaf where it is not."""
    fields = [each for each in dataclasses.fields(cls) if not each.metadata.get("skip", False)]
    return [(each.name, _is_sparse(cls, each.name)) for each in fields]


def _is_sparse(cls: type, name: str) -> bool:
    descriptor = _get_raw_descriptor(cls, name)
    return isinstance(descriptor, Prop) and isinstance(descriptor.default, LEAVES)


def _track(item: Any) -> None:
    """From here on what is assigned counts as changed."""
    changed = getattr(item, "_dirty", None)
    if changed is not None:
        changed.clear()
        return
    cls: Any = type(item)
    if cls.__setattr__ is not object_patch._control_setattr:
        cls.__setattr__ = object_patch._control_setattr
    object.__setattr__(item, "__changes", {})
