"""Who has a kit: worked out from entries that arrive in any order."""

import datetime as dt
import itertools
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.custody import Custody, custody_of
from field_app.domain.kit import CustodyAct, CustodyEntry, Entry
from tests.support.field import ANA, BEN, DANA, NAMES, NOON
from tests.support.kits import KIT

PEOPLE = [ANA.id, BEN.id, DANA.id]


def an_entry(
    number: int,
    act: str,
    to: UUID | None = None,
    *,
    by: UUID | None = None,
    scan: bool = False,
    trusted: bool = True,
) -> CustodyEntry:
    """Something that happened so many minutes after noon."""
    return CustodyEntry(
        id=uuid5(NAMES, f"entry {number}"),
        kit_instance_id=KIT.id,
        act=CustodyAct(act),
        from_id=by,
        holder_id=to,
        entry=Entry.SCAN if scan else Entry.TYPED,
        occurred_at=NOON + dt.timedelta(minutes=number),
        is_trusted=trusted,
    )


def summary(custody: Custody) -> tuple[UUID | None, bool]:
    return custody.holder_id, custody.is_disputed


OUT_TO_ANA = an_entry(1, "check_out", ANA.id)
OUT_TO_BEN = an_entry(10, "check_out", BEN.id)


def test_nobody_has_a_kit_that_nobody_took() -> None:
    assert summary(custody_of([])) == (None, False)


def test_whoever_took_it_has_it_until_it_is_handed_on_or_back() -> None:
    handed = an_entry(2, "hand_over", BEN.id, by=ANA.id)
    back = an_entry(3, "return", by=BEN.id)

    assert summary(custody_of([OUT_TO_ANA])) == (ANA.id, False)
    assert summary(custody_of([OUT_TO_ANA, handed])) == (BEN.id, False)
    assert summary(custody_of([OUT_TO_ANA, handed, back])) == (None, False)


def test_c2_a_later_check_out_is_taken_for_a_hand_over() -> None:
    custody = custody_of([OUT_TO_BEN, OUT_TO_ANA])

    assert summary(custody) == (BEN.id, False)
    assert custody.inferred == {OUT_TO_BEN.id}
    assert custody.taken_over == {ANA.id: BEN.id}


def test_c2_whoever_lost_it_and_goes_on_with_it_disputes_it() -> None:
    returned = an_entry(20, "return", by=ANA.id)

    custody = custody_of([OUT_TO_ANA, OUT_TO_BEN, returned])

    assert summary(custody) == (BEN.id, True)
    assert custody.disputed_by == {returned.id}


def test_c2_a_scan_of_the_one_who_lost_it_outranks() -> None:
    scanned = an_entry(20, "return", by=ANA.id, scan=True)

    assert summary(custody_of([OUT_TO_ANA, OUT_TO_BEN, scanned])) == (None, False)


def test_c2_the_next_scan_settles_and_so_does_a_manager() -> None:
    disputed = [OUT_TO_ANA, OUT_TO_BEN, an_entry(20, "return", by=ANA.id)]
    scan = an_entry(30, "hand_over", DANA.id, by=BEN.id, scan=True)
    typed = an_entry(30, "hand_over", DANA.id, by=BEN.id)
    settled = an_entry(30, "settle", ANA.id)

    assert summary(custody_of([*disputed, scan])) == (DANA.id, False)
    assert summary(custody_of([*disputed, typed])) == (BEN.id, True)
    assert summary(custody_of([*disputed, settled])) == (ANA.id, False)


def test_c2_after_a_return_nobody_has_lost_anything() -> None:
    back = an_entry(20, "return", by=BEN.id)
    late = an_entry(30, "return", by=ANA.id)

    assert summary(custody_of([OUT_TO_ANA, OUT_TO_BEN, back, late])) == (None, False)


def test_c2_whoever_got_it_back_may_hand_it_on() -> None:
    back_to_ana = an_entry(20, "hand_over", ANA.id, by=BEN.id)
    on = an_entry(30, "hand_over", DANA.id, by=ANA.id)

    assert summary(custody_of([OUT_TO_ANA, OUT_TO_BEN, back_to_ana, on])) == (DANA.id, False)


def test_c2_clocks_that_cannot_be_trusted_order_nothing() -> None:
    doubtful = an_entry(10, "check_out", BEN.id, trusted=False)
    of_doubtful_start = an_entry(1, "check_out", ANA.id, trusted=False)

    assert summary(custody_of([OUT_TO_ANA, doubtful])) == (ANA.id, True)
    assert summary(custody_of([of_doubtful_start, OUT_TO_BEN])) == (ANA.id, True)


ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.sampled_from(["check_out", "hand_over", "return", "settle"]),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda entry: entry[0],
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_in_which_they_arrive_does_not_matter(entries, random) -> None:
    told = [
        an_entry(n, act, None if act == "return" else to, by=by, scan=scan, trusted=trusted)
        for n, act, to, by, scan, trusted in entries
    ]
    shuffled = random.sample(told, len(told))

    assert custody_of(shuffled) == custody_of(told)


@given(ENTRIES)
def test_a_trusted_scanned_return_ends_every_dispute(entries) -> None:
    told = [
        an_entry(n, act, None if act == "return" else to, by=by, scan=scan, trusted=trusted)
        for n, act, to, by, scan, trusted in entries
    ]

    after = custody_of([*told, an_entry(99, "return", by=ANA.id, scan=True)])

    assert summary(after) == (None, False)


def test_what_is_told_as_one_moment_is_read_as_taken_then_returned() -> None:
    back = OUT_TO_ANA.revise(
        id=uuid5(NAMES, "back at once"), act=CustodyAct.RETURN, holder_id=None, from_id=ANA.id
    )

    for entries in itertools.permutations([OUT_TO_ANA, back]):
        assert summary(custody_of(entries)) == (None, False)
