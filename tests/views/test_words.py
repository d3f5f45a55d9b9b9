"""Whatever can be refused, flagged, done or missing has words of its own, in every language."""

from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import get_args

import pytest

from field_app.device import FixProblem
from field_app.domain.flags import FlagCode
from field_app.domain.operations import KINDS
from field_app.domain.refusals import RefusalCode
from field_app.views import words
from field_app.views.language import LANGUAGES, Manner, speak

SAID: dict[str, tuple[Iterable[str], Callable[[str], str]]] = {
    "refusals": (RefusalCode, words.refusal),
    "flags": (FlagCode, words.flag),
    "operations": (KINDS, words.kind),
    "position problems": (get_args(FixProblem), lambda code: words.FIX_PROBLEM[code]),
}
UNKNOWN = {words.refusal("no such code"), words.flag("no such code")}


def say_all(codes: Iterable[str], say: Callable[[str], str], language: str) -> dict[str, str]:
    def say_each() -> dict[str, str]:
        speak(Manner(language))
        return {code: say(code) for code in codes}

    return copy_context().run(say_each)


@pytest.mark.parametrize("name", SAID)
def test_every_code_has_words_of_its_own(name: str) -> None:
    said = say_all(*SAID[name], "en")

    assert {code for code, text in said.items() if text == code or text in UNKNOWN} == set()
    assert len({*said.values()}) == len(said)


@pytest.mark.parametrize("language", LANGUAGES.keys() - {"en"})
@pytest.mark.parametrize("name", SAID)
def test_every_code_is_said_in_every_language(name: str, language: str) -> None:
    plain, translated = say_all(*SAID[name], "en"), say_all(*SAID[name], language)

    assert {code for code in plain if plain[code] == translated[code]} == set()
