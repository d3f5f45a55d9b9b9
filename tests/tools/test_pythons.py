"""Interpreters are found, and only those that run."""

import sys

from tools.pythons import find


def test_the_interpreter_that_runs_the_tests_is_found() -> None:
    assert find(sys.version_info.minor) is not None


def test_a_version_that_is_not_here_is_none() -> None:
    assert find(99) is None
