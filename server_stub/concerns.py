"""Which open streams a commit may concern, found without asking every one of them."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server_stub.wakeups import Waiter


class Concerns:
    """An index of waiters by the ids that concern them. For the event loop's thread alone."""

    def __init__(self) -> None:
        self._ids: dict[Waiter, frozenset[str] | None] = {}
        self._by_id: defaultdict[str, set[Waiter]] = defaultdict(set)
        self._unsure: set[Waiter] = set()
        """Those of whom it is not known what concerns them: everything may."""

    def watch(self, waiter: "Waiter") -> None:
        """Take in what the waiter says of itself now, in place of what it said before."""
        ids = _ids_of(waiter)
        if waiter in self._ids and self._ids[waiter] == ids:
            return
        self.forget(waiter)
        self._ids[waiter] = ids
        for each in ids or ():
            self._by_id[each].add(waiter)
        if ids is None:
            self._unsure.add(waiter)

    def forget(self, waiter: "Waiter") -> None:
        for each in self._ids.pop(waiter, None) or ():
            self._by_id[each].discard(waiter)
            if not self._by_id[each]:
                del self._by_id[each]
        self._unsure.discard(waiter)

    def touched_by(self, news: dict[str, Any]) -> "set[Waiter]":
        """`news`: `all`, or ids of `events`, of `people`, and of events for whoever `run`s them."""
        if news.get("all"):
            return set(self._ids)
        run = [_run(each) for each in news.get("run", [])]
        ids = [*news.get("people", []), *news.get("events", []), *run]
        touched = set(self._unsure) if ids else set()
        return touched.union(*(self._by_id[each] for each in ids if each in self._by_id))


def _ids_of(waiter: "Waiter") -> frozenset[str] | None:
    if waiter.events is None:
        return None
    return frozenset({str(waiter.person_id), *waiter.events, *map(_run, waiter.run)})


def _run(event_id: str) -> str:
    return f"run {event_id}"
