"""Kits going out and coming back: who may, what follows, and what is only flagged."""

from typing import Any
from uuid import uuid4

import pytest

from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventStatus
from field_app.domain.flags import FlagCode as F
from field_app.domain.handling import KitCheckOut, KitHandOver, KitReturn
from field_app.domain.issue import EventIssue, IssuePhoto, IssueStatus, Severity
from field_app.domain.issues import NewPhoto
from field_app.domain.kit import (
    Condition,
    CustodyEntry,
    Entry,
    KitInstance,
    KitTemplate,
)
from field_app.domain.kit import KitInstanceStatus as I
from field_app.domain.kit import KitStatus as S
from field_app.domain.kit_issues import KitReportIssue, KitResolveIssue
from field_app.domain.operations import decide
from field_app.domain.photos import photos_of, subject_of
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.reservations import KitAssign, KitPrepare, KitUnassign
from field_app.domain.review import ReviewItem
from tests.support.field import ANA, BEN, DANA, LUIS, NOON, NORA, an_envelope
from tests.support.kits import (
    BARE,
    HOUR,
    KIT,
    LUIS_EVENT,
    LUIS_NEED,
    MINUTE,
    NEED,
    OTHER_KIT,
    TEMPLATE,
    a_need,
    act,
    codes,
    kit_world,
)
from tests.support.world import ACTIVITY, DictWorld, the_event

WHOLE = {"Pump": 2, "Cup": 400}
OUT = NEED.revise(status=S.CHECKED_OUT, holder_id=DANA.id, checked_out_by=DANA.id)


def now(world: DictWorld, record: Any = NEED) -> Any:
    return world.find(type(record), record.id)


def assign(kit: KitInstance = KIT) -> KitAssign:
    return KitAssign(kit_instance_id=kit.id)


def taken(world: DictWorld | None = None, **more: Any) -> DictWorld:
    """Dana took the kit out at noon."""
    return act(world or kit_world(), KitCheckOut(counts=WHOLE), **more)[0]


class TestReserving:
    def test_a_kit_is_reserved_and_freed_again(self) -> None:
        need = a_need(**BARE)
        world, decision = act(kit_world(need, LUIS_NEED.revise(**BARE)), assign())

        assert isinstance(decision, Accepted)
        assert (now(world).status, now(world).kit_instance_id) == (S.ASSIGNED, KIT.id)
        assert now(world, KIT).status is I.RESERVED
        assert now(world, the_event()).status is EventStatus.PREPARATION
        assert act(world, assign())[1] == Noop()

        world, _ = act(world, KitUnassign())

        assert (now(world).status, now(world).kit_instance_id) == (S.NEEDED, None)
        assert now(world, KIT).status is I.AVAILABLE
        assert act(world, KitUnassign())[1] == Noop()

    def test_a_kit_that_is_out_can_be_reserved_for_later_and_stays_out(self) -> None:
        world = kit_world(
            NEED.revise(status=S.CHECKED_OUT),
            LUIS_NEED.revise(**BARE),
            KIT.revise(status=I.CHECKED_OUT, holder_id=DANA.id),
        )

        world, _ = act(world, assign(), LUIS_NEED, actor=LUIS)
        assert now(world, KIT).status is I.CHECKED_OUT

        world, _ = act(world, KitUnassign(), LUIS_NEED, actor=LUIS)
        assert now(world, KIT).status is I.CHECKED_OUT

    def test_a_need_without_a_template_keeps_saying_what_it_needs(self) -> None:
        world, _ = act(kit_world(NEED.revise(kit_template_id=None)), KitUnassign())
        assert now(world).kit_template_id == TEMPLATE.id

        unknown = NEED.revise(kit_template_id=None, kit_instance_id=uuid4())
        world, _ = act(kit_world(unknown), KitUnassign())
        assert now(world).kit_instance_id == unknown.kit_instance_id

    @pytest.mark.parametrize("status", [S.ASSIGNED, S.PREPARED, S.CHECKED_OUT])
    def test_c14_one_kit_is_in_one_place_at_a_time(self, status: S) -> None:
        same_time = LUIS_EVENT.revise(starts_at=NOON + HOUR)
        world = kit_world(a_need(**BARE), LUIS_NEED.revise(status=status), same_time)

        assert act(world, assign())[1] == Refused(R.KIT_NOT_AVAILABLE)
        off = same_time.revise(status=EventStatus.CANCELLED)
        assert isinstance(act(world.after(off), assign())[1], Accepted)
        back = LUIS_NEED.revise(status=S.RETURNED)
        assert isinstance(act(world.after(back), assign())[1], Accepted)

    @pytest.mark.parametrize("status", [I.MAINTENANCE, I.MISSING, I.RETIRED])
    def test_a_kit_out_of_service_is_not_reserved(self, status: I) -> None:
        world = kit_world(a_need(**BARE), KIT.revise(status=status))

        assert act(world, assign())[1] == Refused(R.KIT_NOT_AVAILABLE)

    def test_another_kind_of_kit_is_refused(self) -> None:
        need = a_need(**BARE, kit_template_id=uuid4())

        assert act(kit_world(need), assign())[1] == Refused(R.WRONG_KIT)

    def test_only_whoever_runs_the_event_reserves(self) -> None:
        world = kit_world(a_need(**BARE))

        assert act(world, assign(), actor=LUIS)[1] == Refused(R.UNKNOWN_TARGET)
        assert act(world, assign(), actor=ANA)[1] == Refused(R.NOT_ALLOWED)

    def test_packing_counts_and_tells_what_is_short(self) -> None:
        world, whole = act(kit_world(), KitPrepare(counts=WHOLE), actor=ANA)
        assert (now(world).status, codes(whole)) == (S.PREPARED, [])
        assert act(world, KitPrepare(counts=WHOLE))[1] == Noop()

        _, short = act(kit_world(), KitPrepare(counts={"Pump": 1, "Unknown": 0}))
        assert codes(short) == [F.KIT_INCOMPLETE]
        assert isinstance(short, Accepted)
        assert short.flags[0].evidence == {"missing": ["1 \N{MULTIPLICATION SIGN} Pump"]}
        assert act(kit_world(), KitPrepare(), actor=BEN)[1] == Refused(R.NOT_YOURS)


class TestGoingOut:
    def test_a_kit_goes_out_to_whom_it_was_given(self) -> None:
        take = KitCheckOut(holder_id=BEN.id, counts=WHOLE, entry=Entry.SCAN)
        world, decision = act(kit_world(), take)

        assert codes(decision) == []
        need, kit = now(world), now(world, KIT)
        assert (need.status, need.holder_id, need.checked_out_at) == (S.CHECKED_OUT, BEN.id, NOON)
        assert (kit.status, kit.holder_id, kit.last_checked) == (I.CHECKED_OUT, BEN.id, NOON)
        entries = world.where(CustodyEntry, kit_instance_id=KIT.id)
        assert [(e.act, e.holder_id, e.entry, e.recorded_by) for e in entries] == [
            ("check_out", BEN.id, Entry.SCAN, DANA.id)
        ]
        assert act(world, take)[1] == Noop()

    def test_a_delegated_agent_hands_out_and_others_do_not(self) -> None:
        assert isinstance(act(kit_world(), KitCheckOut(), actor=ANA)[1], Accepted)
        assert act(kit_world(), KitCheckOut(), actor=BEN)[1] == Refused(R.NOT_YOURS)
        for stranger in (LUIS, NORA):
            assert act(kit_world(), KitCheckOut(), actor=stranger)[1] == Refused(R.UNKNOWN_TARGET)

    def test_uncounted_incomplete_or_swapped_kits_are_flagged(self) -> None:
        swap = KitCheckOut(kit_instance_id=OTHER_KIT.id, counts={"Pump": 1})
        world, decision = act(kit_world(), swap)

        assert codes(act(kit_world(), KitCheckOut())[1]) == [F.KIT_NOT_PREPARED]
        assert set(codes(decision)) == {F.KIT_SWAPPED, F.KIT_INCOMPLETE}
        assert now(world).kit_instance_id == OTHER_KIT.id

    def test_a_kit_is_found_by_what_was_typed(self) -> None:
        need = a_need(**BARE)

        world, decision = act(kit_world(need), KitCheckOut(serial_number=" lcb-samp-0002 "))

        assert codes(decision) == []
        assert now(world).kit_instance_id == OTHER_KIT.id

    def test_a_serial_nobody_knows_is_kept_and_flagged(self) -> None:
        world, decision = act(kit_world(a_need(**BARE)), KitCheckOut(serial_number="LCB-9"))

        assert codes(decision) == [F.UNKNOWN_SERIAL]
        assert (now(world).status, now(world).holder_id) == (S.CHECKED_OUT, DANA.id)
        world, back = act(world, KitReturn(counts={"Pump": 1}))
        assert now(world).status is S.RETURNED
        assert [i.description for i in world.where(EventIssue)] == [
            "Sampling kit came back without 1 \N{MULTIPLICATION SIGN} Pump."
        ]
        assert isinstance(back, Accepted)
        assert act(world, KitReturn())[1] == Noop()

    def test_nothing_at_all_is_known_of_it_and_it_is_kept(self) -> None:
        need = a_need(**BARE, kit_template_id=None, event_instance_id=None)
        world, decision = act(kit_world(need), KitCheckOut())
        assert codes(decision) == [F.UNKNOWN_SERIAL]

        world, _ = act(world, KitHandOver(to_user_id=BEN.id))
        assert now(world).holder_id == BEN.id
        world, _ = act(world, KitReturn(condition=Condition.DAMAGED, notes="Wet."))
        assert [i.description for i in world.where(EventIssue)] == ["A kit came back damaged. Wet."]

    def test_a_kit_unknown_to_the_server_is_refused_as_such(self) -> None:
        assert act(kit_world(), KitCheckOut(kit_instance_id=uuid4()))[1] == Refused(
            R.UNKNOWN_TARGET
        )

    def test_a_check_out_heard_of_after_the_return_fills_in_what_was_missing(self) -> None:
        back = NEED.revise(status=S.RETURNED, returned_at=NOON + HOUR)

        world, decision = act(kit_world(back), KitCheckOut(counts=WHOLE))

        assert (now(world).status, now(world).checked_out_at) == (S.RETURNED, NOON)
        assert codes(decision) == []

    def test_a_check_out_of_a_kit_that_is_back_is_kept_and_flagged(self) -> None:
        back = NEED.revise(status=S.RETURNED, returned_at=NOON - HOUR)

        world, decision = act(kit_world(back), KitCheckOut(counts=WHOLE))

        assert codes(decision) == [F.KIT_UNEXPECTED]
        assert now(world).status is S.RETURNED
        assert now(world, KIT).holder_id == DANA.id

    @pytest.mark.parametrize("operation", [KitHandOver(to_user_id=BEN.id), KitReturn()])
    def test_who_gave_it_away_may_say_so_twice(self, operation: KitHandOver | KitReturn) -> None:
        out = a_need(status=S.CHECKED_OUT, holder_id=LUIS.id)

        world, first = act(kit_world(out), operation, actor=LUIS)

        assert isinstance(first, Accepted)
        assert act(world, operation, actor=LUIS)[1] == Noop()

    def test_photos_of_a_return_belong_to_the_issue_that_it_opens(self) -> None:
        photo = NewPhoto(sha256="a" * 64, bytes=5)
        broken = KitReturn(condition=Condition.DAMAGED, counts=WHOLE, photos=(photo,))
        fine = KitReturn(counts=WHOLE, photos=(photo,))

        for operation, severity in ((broken, Severity.MEDIUM), (fine, Severity.LOW)):
            envelope = an_envelope(operation, NEED.id, actor=DANA)
            decision = decide(envelope, taken())
            world = kit_world(*decision.records)
            (issue,) = world.where(EventIssue)
            assert (issue.severity, issue.id) == (severity, subject_of(envelope))
            (named,) = world.where(IssuePhoto, issue_id=issue.id)
            assert named.sha256 == photo.sha256
            assert photos_of(envelope) == (photo,)

    def test_what_happened_before_does_not_take_a_kit_out_of_the_workshop(self) -> None:
        world, _ = act(taken(), KitReturn(counts=WHOLE), at=NOON + HOUR)
        world = world.after(now(world, KIT).revise(status=I.MAINTENANCE))

        late = KitCheckOut(counts=WHOLE, kit_instance_id=KIT.id)
        world, _ = act(world, late, LUIS_NEED, actor=LUIS, at=NOON - HOUR)

        assert now(world, KIT).status is I.MAINTENANCE

    def test_a_retired_kit_stays_retired(self) -> None:
        world = taken(kit_world(KIT.revise(status=I.RETIRED)))

        assert (now(world, KIT).status, now(world, KIT).holder_id) == (I.RETIRED, DANA.id)


class TestHandingOn:
    def test_the_next_one_has_it(self) -> None:
        world, decision = act(taken(), KitHandOver(to_user_id=BEN.id), at=NOON + HOUR)

        assert codes(decision) == []
        assert now(world).holder_id == now(world, KIT).holder_id == BEN.id
        assert now(world).checked_out_by == DANA.id
        assert act(world, KitHandOver(to_user_id=BEN.id))[1] == Noop()

    def test_the_holder_may_and_a_stranger_may_not(self) -> None:
        driver = NORA.model_copy(update={"organization_id": DANA.organization_id})
        world, _ = act(kit_world(), KitCheckOut(holder_id=driver.id))

        assert isinstance(act(world, KitHandOver(to_user_id=BEN.id), actor=driver)[1], Accepted)
        stranger = act(world, KitHandOver(to_user_id=BEN.id), actor=LUIS)[1]
        assert stranger == Refused(R.UNKNOWN_TARGET)

    def test_c4_a_hand_over_of_what_never_went_out_infers_the_check_out(self) -> None:
        world, decision = act(kit_world(), KitHandOver(to_user_id=BEN.id), actor=ANA)

        assert codes(decision) == [F.INFERRED_CHECK_OUT]
        assert (now(world).status, now(world).holder_id) == (S.CHECKED_OUT, BEN.id)
        entries = world.where(CustodyEntry)
        assert sorted((e.act, e.inferred) for e in entries) == [
            ("check_out", True),
            ("hand_over", False),
        ]

    def test_a_hand_over_of_what_is_back_is_kept_and_flagged(self) -> None:
        back = NEED.revise(status=S.RETURNED)

        world, decision = act(kit_world(back), KitHandOver(to_user_id=BEN.id))

        assert codes(decision) == [F.KIT_UNEXPECTED]
        assert now(world).status is S.RETURNED


class TestComingBack:
    def test_everything_is_back_and_what_was_used_is_counted_once(self) -> None:
        back = KitReturn(counts={"Pump": 2, "Cup": 150})
        world, decision = act(taken(), back, at=NOON + HOUR)

        assert codes(decision) == []
        need, kit = now(world), now(world, KIT)
        assert (need.status, need.returned_by, need.holder_id) == (S.RETURNED, DANA.id, None)
        assert (kit.status, kit.holder_id) == (I.RESERVED, None)  # Luis has it reserved
        assert now(world, ACTIVITY).actual_metrics == {"samples": 250}
        assert world.where(EventIssue) == []
        assert act(world, back, at=NOON + HOUR)[1] == Noop()

    def test_it_is_available_again_where_nobody_waits_for_it(self) -> None:
        world, _ = act(taken(kit_world(LUIS_NEED.revise(**BARE))), KitReturn(), at=NOON + HOUR)

        assert now(world, KIT).status is I.AVAILABLE

    def test_a_missing_part_opens_an_issue_by_itself(self) -> None:
        world, _ = act(taken(), KitReturn(counts={"Pump": 1}, notes="Ask."), at=NOON + HOUR)

        issue = world.where(EventIssue)[0]
        said = "LCB-SAMP-0001 came back without 1 \N{MULTIPLICATION SIGN} Pump. Ask."
        assert (issue.description, issue.severity) == (said, Severity.MEDIUM)
        assert (issue.activity_kit_id, issue.reported_by) == (NEED.id, DANA.id)
        assert now(world).notes == "Ask."

    def test_a_damaged_kit_goes_to_repair(self) -> None:
        broken = KitReturn(condition=Condition.DAMAGED)
        world, _ = act(taken(), broken, at=NOON + HOUR)

        assert now(world, KIT).status is I.MAINTENANCE
        assert [i.description for i in world.where(EventIssue)] == [
            "LCB-SAMP-0001 came back damaged."
        ]

    @pytest.mark.parametrize("status", [S.NEEDED, S.ASSIGNED, S.PREPARED])
    def test_c4_a_return_without_a_check_out_infers_it(self, status: S) -> None:
        world, decision = act(kit_world(NEED.revise(status=status)), KitReturn(), actor=BEN)

        assert codes(decision) == [F.INFERRED_CHECK_OUT]
        assert (now(world).status, now(world).returned_by) == (S.RETURNED, BEN.id)
        assert now(world, KIT).holder_id is None

    def test_c4_somebody_else_brings_it_back(self) -> None:
        world, _ = act(taken(), KitReturn(), actor=BEN, at=NOON + HOUR)

        assert (now(world).status, now(world).returned_by) == (S.RETURNED, BEN.id)
        assert act(taken(), KitReturn(), actor=LUIS)[1] == Refused(R.UNKNOWN_TARGET)

    def test_a_broken_kit_comes_back_and_its_problem_stays(self) -> None:
        world, _ = act(taken(), KitReportIssue(description="Leaks"), at=NOON + MINUTE)
        world, _ = act(world, KitReturn(), at=NOON + HOUR)

        assert (now(world).status, now(world).holder_id) == (S.ISSUE_REPORTED, None)
        assert now(world, KIT).holder_id is None


class TestTwoManagersWithOneKit:
    HERS = (KitCheckOut(counts=WHOLE), NEED, DANA, NOON)
    HIS = (KitCheckOut(counts=WHOLE), LUIS_NEED, LUIS, NOON + HOUR)

    def play(self, *steps: Any) -> tuple[DictWorld, list[list[str]]]:
        world, flags = kit_world(), []
        for operation, need, actor, at in steps:
            world, decision = act(world, operation, need, actor=actor, at=at)
            flags.append(codes(decision))
        return world, flags

    @pytest.mark.parametrize("hers_first", [True, False])
    def test_c2_the_later_one_has_it_and_both_are_told(self, hers_first: bool) -> None:
        steps = [self.HERS, self.HIS] if hers_first else [self.HIS, self.HERS]
        world, flags = self.play(*steps)

        assert (now(world, KIT).holder_id, now(world, KIT).disputed) == (LUIS.id, False)
        assert (now(world, NEED).status, now(world, NEED).returned_by) == (S.RETURNED, LUIS.id)
        assert now(world, LUIS_NEED).status is S.CHECKED_OUT
        assert flags[0] == []
        assert set(flags[1]) == {F.HAND_OVER_INFERRED}

    @pytest.mark.parametrize("hers_first", [True, False])
    def test_c2_whoever_goes_on_with_it_disputes_it_until_the_next_scan(
        self, hers_first: bool
    ) -> None:
        on = (KitHandOver(to_user_id=BEN.id), NEED, DANA, NOON + 2 * HOUR)
        steps = [self.HERS, on, self.HIS] if hers_first else [self.HIS, self.HERS, on]
        world, flags = self.play(*steps)

        assert (now(world, KIT).holder_id, now(world, KIT).disputed) == (LUIS.id, True)
        assert F.CUSTODY_DISPUTED in flags[-1]

        item = ReviewItem(
            id=uuid4(), target_table="activity_kits", target_id=NEED.id, flag=F.CUSTODY_DISPUTED
        )
        decided = item.revise(id=uuid4(), flag=F.KIT_SWAPPED)
        world, decision = act(
            world.after(item, decided),
            KitReturn(entry=Entry.SCAN),
            LUIS_NEED,
            actor=LUIS,
            at=NOON + 3 * HOUR,
        )

        assert (now(world, KIT).holder_id, now(world, KIT).disputed) == (None, False)
        assert (now(world, item).status, now(world, item).decision) == (
            "decided",
            "settled_by_scan",
        )
        assert now(world, decided).status == "open"
        assert {now(world, n).status for n in (NEED, LUIS_NEED)} == {S.RETURNED}
        assert isinstance(decision, Accepted)

    def test_c2_both_events_hear_of_a_dispute(self) -> None:
        on = (KitHandOver(to_user_id=BEN.id), NEED, DANA, NOON + 2 * HOUR)
        world, _ = self.play(self.HERS, on)

        _, decision = act(world, *self.HIS[:2], actor=LUIS, at=self.HIS[3])

        assert isinstance(decision, Accepted)
        subjects = [flag.subject for flag in decision.flags]
        assert [s.event_instance_id if s else None for s in subjects] == [None, the_event().id]

    def test_a_typed_return_of_what_was_taken_over_is_kept(self) -> None:
        late = (KitReturn(counts={"Pump": 1}), NEED, DANA, NOON + 2 * HOUR)
        world, flags = self.play(self.HERS, self.HIS, late)

        assert flags[-1][0] == F.CUSTODY_DISPUTED
        assert now(world).counts_back == {"Pump": 1}
        assert len(world.where(EventIssue)) == 1

    def test_one_need_two_holders(self) -> None:
        second = (KitCheckOut(holder_id=BEN.id), NEED, ANA, NOON + HOUR)
        world, flags = self.play(self.HERS, second)

        assert F.HAND_OVER_INFERRED in flags[-1]
        assert now(world).holder_id == now(world, KIT).holder_id == BEN.id


class TestProblems:
    def test_a_problem_opens_an_issue_and_is_put_right(self) -> None:
        said = KitReportIssue(description="Leaks", severity=Severity.HIGH)
        running = the_event(status=EventStatus.IN_PROGRESS)
        world, _ = act(taken(kit_world(running)), said, actor=BEN, at=NOON + HOUR)

        assert now(world).status is S.ISSUE_REPORTED
        assert now(world, the_event()).status is EventStatus.ISSUE_REPORTED
        assert act(world, KitResolveIssue(resolution="x", to_state="needed"), actor=BEN)[
            1
        ] == Refused(R.NOT_ALLOWED)

        fix = KitResolveIssue(resolution="Sealed", to_state="prepared")
        world, _ = act(world, fix, at=NOON + 2 * HOUR)

        assert (now(world).status, now(world).holder_id) == (S.PREPARED, None)
        issue = world.where(EventIssue)[0]
        assert (issue.status, issue.resolution) == (IssueStatus.RESOLVED, "Sealed")
        assert act(world, fix)[1] == Noop()

    def test_an_issue_that_is_closed_already_stays_so(self) -> None:
        world, _ = act(taken(), KitReportIssue(description="Leaks"))
        closed = world.where(EventIssue)[0].revise(status=IssueStatus.CLOSED)

        world, _ = act(world.after(closed), KitResolveIssue(resolution="x", to_state="returned"))

        assert now(world, closed).status is IssueStatus.CLOSED

    def test_a_problem_with_a_kit_nobody_chose_is_kept_too(self) -> None:
        world, decision = act(kit_world(a_need(**BARE)), KitReportIssue(description="None came"))

        assert isinstance(decision, Accepted)
        assert now(world).status is S.NEEDED
        assert len(world.where(EventIssue)) == 1

    def test_a_stranger_may_say_twice_that_a_broken_kit_without_a_number_is_back(self) -> None:
        broken = a_need(kit_instance_id=None, status=S.ISSUE_REPORTED, holder_id=LUIS.id)
        late = NOON + HOUR

        world, once = act(kit_world(broken), KitReturn(), NEED, actor=LUIS, at=late)

        assert isinstance(once, Accepted)
        assert act(world, KitReturn(), NEED, actor=LUIS, at=late)[1] == Noop()

    def test_who_hands_on_a_kit_without_a_number_may_know_nothing_of_it_then(self) -> None:
        his = a_need(kit_instance_id=None, status=S.CHECKED_OUT, holder_id=LUIS.id)

        world, once = act(kit_world(his), KitHandOver(to_user_id=DANA.id), NEED, actor=LUIS)

        assert isinstance(once, Accepted)
        again = act(world, KitHandOver(to_user_id=DANA.id), NEED, actor=LUIS)[1]
        assert again == Refused(R.UNKNOWN_TARGET)

    def test_the_same_report_twice_is_one_issue(self) -> None:
        from field_app.domain.operations import decide
        from tests.support.field import an_envelope

        envelope = an_envelope(KitReportIssue(description="Leaks"), NEED.id, actor=DANA)
        once = decide(envelope, kit_world())
        assert isinstance(once, Accepted)

        assert decide(envelope, kit_world(*once.records)) == Noop()


def test_components_that_cannot_be_read_are_passed_over() -> None:
    odd: list[Any] = ["Pump", {"quantity": 1}, {"name": "Tap", "quantity": "many"}, {"name": "Lid"}]

    assert [part.name for part in KitTemplate(id=uuid4(), name="x", components=odd).parts] == [
        "Lid"
    ]
    assert KitTemplate(id=uuid4(), name="x").parts == []


def test_a_metric_that_was_no_number_starts_anew() -> None:
    odd = ACTIVITY.revise(actual_metrics={"samples": "many", "talks": 3})

    world, _ = act(taken(kit_world(odd)), KitReturn(counts={"Cup": 399}), at=NOON + HOUR)

    assert now(world, ACTIVITY).actual_metrics == {"samples": 1, "talks": 3}


def test_a_kit_whose_activity_is_gone_comes_back_all_the_same() -> None:
    orphan = a_need(activity_id=uuid4())
    world, _ = act(kit_world(orphan), KitCheckOut(counts=WHOLE))

    _, decision = act(world, KitReturn(counts={"Cup": 1}), at=NOON + HOUR)

    assert isinstance(decision, Accepted)


def test_a_need_finds_its_event_through_its_activity() -> None:
    unplaced = a_need(event_instance_id=None)

    assert isinstance(act(kit_world(unplaced), KitCheckOut())[1], Accepted)
    lost = unplaced.revise(activity_id=uuid4())
    assert act(kit_world(lost), KitCheckOut())[1] == Refused(R.UNKNOWN_TARGET)
