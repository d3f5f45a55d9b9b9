"""The quick walk finds what a walk through every field finds, on the screens themselves."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from flet.controls.object_patch import DiffBuilder

from field_app.views import quick_walk
from tests.support.kits import NEED
from tests.views.conftest import OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

PATHS = ["/issues", "/offers", "/sync", "/settings", "/hours", "/exceptions", "/"]


def every_control(item: Any, parent: Any, kind: type) -> Iterator[tuple[Any, Any]]:
    """Every control in the fields of this one, whatever they hold, with the control around it."""
    if isinstance(item, dict | list):
        for each in item.values() if isinstance(item, dict) else item:
            yield from every_control(each, parent, kind)
    elif dataclasses.is_dataclass(item):
        if isinstance(item, kind):
            yield item, parent
            parent = item
        for field in dataclasses.fields(item):
            if not field.metadata.get("skip", False):
                yield from every_control(getattr(item, field.name), parent, kind)


async def test_nothing_that_is_drawn_is_missed(
    monkeypatch: pytest.MonkeyPatch, open_the_app: OpenApp
) -> None:
    found_in_all, missed = 0, []

    def compare(self: Any, item: Any, parent: Any, frozen: bool, is_known: bool = False) -> Any:
        nonlocal found_in_all
        found = list(quick_walk._configure(self, item, parent, frozen, is_known))
        if not is_known:
            wanted = list(every_control(item, None, self.control_cls))
            if [id(each) for each in found] != [id(each) for each, _ in wanted]:
                missed.append(item)
            missed.extend(each for each, around in wanted if around and each._parent() != around)
            found_in_all += len(found)
        return iter(found)

    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF) as app:
        monkeypatch.setattr(DiffBuilder, "_configure_dataclass", compare)
        for path in (f"/kits/{NEED.id}", *PATHS):
            await app.open(path)

    assert found_in_all > 500
    assert missed == []
