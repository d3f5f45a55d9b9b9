"""One victim program for all crash tests."""

from collections.abc import Iterator

import pytest

from tests.crash.harness import Zygote
from tests.support.postgres import open_folder


@pytest.fixture(scope="package")
def zygote() -> Iterator[Zygote]:
    with open_folder() as folder:
        zygote = Zygote(folder)
        yield zygote
        zygote.close()
