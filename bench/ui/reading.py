"""What every list asks the mirror, and how long each answer takes."""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from bench.figures import Figure
from bench.ui.shelf import ME, NOW, id_of
from field_app.store import event_queries, issue_queries, kit_queries, queries
from field_app.store.engine import Store

TIMES = 9
WINDOW = 15
"""What is read of a list before it is scrolled, on a phone."""
SOON = dt.timedelta(hours=6)
DAY = dt.timedelta(hours=24)
WEEK = dt.timedelta(days=8)

LISTS: dict[str, Callable[[Session], Any]] = {
    "Today, my shifts": lambda s: queries.shifts_from(s, ME.id, NOW - SOON),
    "Today, my events": lambda s: queries.boards_of(s, ME.id, NOW - SOON, NOW + WEEK, NOW + DAY),
    "Today, cases": event_queries.count_open_cases,
    "Offers": lambda s: queries.offers_to(s, ME.id),
    "Offers, their number": lambda s: queries.count_offers(s, ME.id),
    "Kits": lambda s: kit_queries.shelves(s, ME.id, NOW),
    "Kits, a window": lambda s: kit_queries.shelves(s, ME.id, NOW, WINDOW),
    "Kits, going out": lambda s: kit_queries.going_out(s, NOW),
    "Kits, a number": lambda s: kit_queries.find_kits(s, "samp 09999"),
    "Kits, a word": lambda s: kit_queries.matching(s, "person 07"),
    "Kits, one": lambda s: kit_queries.need(s, id_of("need", 7)),
    "Kits, its history": lambda s: kit_queries.handlings_of(s, id_of("kit", 7)),
    "Issues, open": lambda s: issue_queries.issues(s, issue_queries.OPEN, ME.id),
    "Issues, a window": lambda s: issue_queries.issues(s, issue_queries.OPEN, ME.id, "", WINDOW),
    "Issues, mine": lambda s: issue_queries.issues(s, issue_queries.MINE, ME.id),
    "Issues, a word": lambda s: issue_queries.issues(s, issue_queries.ALL, ME.id, "number 49"),
    "An event": lambda s: queries.board(s, id_of("event", 500)),
    "An event, its kits": lambda s: kit_queries.needs_of_event(s, id_of("event", 500)),
    "An event, its issues": lambda s: queries.issues_of(s, id_of("event", 500)),
    "A shift": lambda s: queries.shift(s, id_of("shift", 700)),
}


def lists(store: Store) -> list[Figure]:
    """Median of each query, answers made into records included; all must be below 10 ms."""
    return [_timed(store, name, query) for name, query in LISTS.items()]


def _timed(store: Store, name: str, query: Callable[[Session], Any]) -> Figure:
    store.read(query)
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        store.read(query)
        took.append((time.perf_counter() - began) * 1000)
    return Figure(
        f"query: {name}", statistics.median(took), "ms", more=f"most {max(took):.0f}", target="< 10"
    )
