"""Every sentence is in every catalogue, and said in the person's language."""

import ast
import datetime as dt
import string
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from field_app.domain.refusals import SENTENCES
from field_app.views import from_below, moments, words
from field_app.views.language import LANGUAGES, Manner, manner_of, speak, tr, trc, trn
from server_stub.auth import WRONG
from server_stub.limits import MANY_PHOTOS
from server_stub.problems import CODES
from server_stub.tokens import DEACTIVATED, NO_ACCESS, REVOKED
from tests.support.field import NOON
from tools.catalogue import compiled, extract, is_whole, languages, read

APP = Path(from_below.__file__).parent.parent
SPANISH = Manner("es")
SAYS = {"tr", "trn", "trc", "mark"}
FOR_PROGRAMS = {
    "cast",
    "TypeVar",
    "RuntimeError",
    "exception",
    "error",
    "warning",
    "info",
    "AssignmentWithdraw",
}
NAMES = {"Fieldkit", "UTC"}
KEYS = {"Arrow Down", "Arrow Up", "Enter", "Escape", "F2", "J", "K"}
BELOW = ("store", "sync", "runtime.py", "device.py")
ERRORS = {
    "CannotSave",
    "Unusable",
    "Offline",
    "SignedOut",
    "NotAllowed",
    "TooLarge",
    "ServerBusy",
} | {
    "UpgradeRequired",
    "PhotoRefused",
    "ProtocolBroken",
}


@pytest.fixture(params=languages(), ids=lambda file: file.parent.name)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_language_of_the_app_but_english_has_a_catalogue() -> None:
    assert {file.parent.name for file in languages()} == LANGUAGES.keys() - {"en"}


def test_a_catalogue_has_every_sentence_and_no_other(file: Path) -> None:
    wanted = {(each.context, each.id) for each in extract() if each.id}
    held = {(each.context, each.id) for each in read(file) if each.id}

    assert held == wanted, "run `uv run python -m tools.catalogue`"


def test_every_sentence_is_translated_with_the_same_names_to_fill_in(file: Path) -> None:
    for each in read(file):
        if not each.id:
            continue
        assert is_whole(each), each.id
        ids = each.id if isinstance(each.id, tuple) else (each.id,)
        strings = each.string if isinstance(each.string, tuple) else (each.string,)
        assert {*map(fields, strings)} == {*map(fields, ids)}, each.id


def test_a_catalogue_was_compiled(file: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.mo"
    compiled(read(file), fresh)

    with file.with_suffix(".mo").open("rb") as old, fresh.open("rb") as new:
        was, now = read_mo(old), read_mo(new)
    assert [(m.id, m.string) for m in was] == [(m.id, m.string) for m in now]


def fields(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_no_sentence_of_a_screen_is_outside_the_catalogue() -> None:
    found = [
        f"{file.name}:{node.lineno}: {text_of(node)!r}"
        for file in sorted((APP / "views").rglob("*.py"))
        if file.name not in {"language.py", "theme.py"}
        for node in untold(ast.parse(file.read_text("utf-8")))
    ]

    assert found == []


def untold(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Texts that look as if a person read them, and that nothing says in their language."""
    parent = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or not looks_said(text_of(node)):
            continue
        above = parent[node]
        above = parent[above] if isinstance(above, ast.keyword) else above
        if isinstance(above, ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.Subscript):
            continue  # a docstring, a part of another text, a type
        if isinstance(above, ast.arg | ast.FunctionDef):
            continue
        if isinstance(above, ast.Call) and name_of(above.func) in SAYS | FOR_PROGRAMS:
            continue
        yield node


def text_of(node: ast.expr) -> str:
    """The fixed parts of a text; those that are filled in are left out."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def looks_said(text: str) -> bool:
    has_letters = any(letter.isalpha() for letter in text)
    is_unit = text.strip() in {"m", "km", "MB", "h", "min"}
    reads = text[:1].isupper() or " " in text.strip()
    said = has_letters and reads and not is_unit and text.strip() not in NAMES | KEYS
    return said or text == "?"  # a question made of something: Spanish opens it, too


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_what_the_layers_below_say_is_in_the_catalogue_word_for_word() -> None:
    files = [
        f for name in BELOW for f in ([APP / name] if "." in name else (APP / name).rglob("*"))
    ]
    raised = {
        text
        for file in files
        if file.suffix == ".py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and name_of(node.func) in ERRORS
        for argument in node.args[:1]
        for text in texts_in(argument)
    }

    assert raised <= {*from_below.FROM_THE_DEVICE, *from_below.FROM_SYNC}
    assert {*SENTENCES.values()} == {*from_below.REFUSALS}
    refused = {each[1] for each in (WRONG, NO_ACCESS, DEACTIVATED, REVOKED, MANY_PHOTOS)}
    server = refused | {CODES[status][1] for status in (403, 426, 500, 503)}
    assert server == {*from_below.FROM_THE_SERVER}


def test_every_name_to_fill_in_is_given_where_a_sentence_is_said() -> None:
    odd = [
        f"{file.name}:{node.lineno}"
        for file in (APP / "views").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and name_of(node.func) == "tr"
        if isinstance(node.args[0], ast.Constant)
        if fields(str(node.args[0].value)) != {keyword.arg for keyword in node.keywords}
    ]

    assert odd == []


def texts_in(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value:
            yield each.value


def test_a_page_says_everything_in_its_own_language() -> None:
    def say() -> tuple[str, ...]:
        speak(SPANISH)
        return (
            tr("Call {name}", name="Dana"),
            trn("{count} kit is still out", "{count} kits are still out", 1),
            trn("{count} kit is still out", "{count} kits are still out", 2),
            trc("verb", "Offer"),
            words.refusal("event_cancelled"),
            words.message("No connection to the server."),
            moments.date(dt.date(2026, 11, 27)),
        )

    assert copy_context().run(say) == (
        "Llamar a Dana",
        "1 kit sigue fuera",
        "2 kits siguen fuera",
        "Ofrecer",
        "El evento fue cancelado.",
        "Sin conexi\u00f3n con el servidor.",
        "vie 27 nov",
    )
    assert tr("Call {name}", name="Dana") == "Call Dana"


def test_a_sentence_that_nobody_translated_is_said_as_it_is() -> None:
    speak_spanish = copy_context()
    speak_spanish.run(speak, SPANISH)

    assert speak_spanish.run(words.message, "Quota exceeded.") == "Quota exceeded."
    assert speak_spanish.run(words.refusal, "new_code", "Ask Priya.") == "Ask Priya."


@pytest.mark.parametrize(
    ("tags", "language", "hours", "manner"),
    [
        ([], None, None, Manner("en", twelve_hours=False)),
        (["es-MX", "en"], None, None, Manner("es", twelve_hours=True)),
        (["fr-FR", "es-ES"], None, None, Manner("es", twelve_hours=False)),
        (["en_US.UTF-8"], None, None, Manner("en", twelve_hours=True)),
        (["en-US"], "es", "24", Manner("es", twelve_hours=False)),
        (["es"], "en", "12", Manner("en", twelve_hours=True)),
        (["C"], "klingon", None, Manner("en", twelve_hours=False)),
    ],
)
def test_what_was_chosen_counts_and_then_what_the_device_prefers(
    tags: list[str], language: str | None, hours: str | None, manner: Manner
) -> None:
    assert manner_of(tags, language, hours) == manner


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "12:05\u00a0am"), (9, "9:05\u00a0am"), (12, "12:05\u00a0pm"), (23, "11:05\u00a0pm")],
)
def test_hours_are_said_as_the_person_counts_them(hour: int, said: str) -> None:
    moment = NOON.replace(hour=hour, minute=5)
    twelve = copy_context()
    twelve.run(speak, Manner(twelve_hours=True))

    assert twelve.run(moments.clock, moment, dt.UTC) == said
    assert moments.clock(moment, dt.UTC) == f"{hour:02d}:05"


def test_the_point_of_an_abbreviation_ends_the_sentence_too() -> None:
    spanish = copy_context()
    spanish.run(speak, SPANISH)

    said = spanish.run(tr, "Last synced {day} {time}.", day="hoy", time="2:05 p. m.")

    assert said == "Última sincronización: hoy 2:05 p. m."
