"""What takes too long is ended from outside; what is done in time is left alone."""

from threading import Event

from server_stub.patience import Patience

SOON_S, NEVER_S, AT_MOST_S = 0.01, 3600, 10


def test_what_is_late_is_cancelled_though_others_wait_for_longer() -> None:
    patience, is_cancelled, other = Patience(), Event(), Event()

    with (
        patience.cancelling(other.set, NEVER_S),
        patience.cancelling(is_cancelled.set, SOON_S),
    ):
        assert is_cancelled.wait(AT_MOST_S)

    assert not other.is_set()


def test_what_is_done_is_not_cancelled_any_more() -> None:
    patience, done, later = Patience(), Event(), Event()

    with patience.cancelling(done.set, SOON_S):
        pass
    with patience.cancelling(later.set, 2 * SOON_S):
        assert later.wait(AT_MOST_S)

    assert not done.is_set()


def test_one_that_cannot_be_cancelled_is_no_harm_to_the_next() -> None:
    patience, is_cancelled, was_tried = Patience(), Event(), Event()

    def fail() -> None:
        was_tried.set()
        raise OSError("the host is gone")

    with patience.cancelling(fail, SOON_S):
        assert was_tried.wait(AT_MOST_S)
    with patience.cancelling(is_cancelled.set, SOON_S):
        assert is_cancelled.wait(AT_MOST_S)
