"""The catalogues of translations: found in the source, merged, compiled.

`uv run python -m tools.catalogue` after any change of a sentence; then translate what is new in
`field_app/views/locale/*/fieldkit.po` and run it again.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "field_app"
LOCALE = SOURCE / "views" / "locale"
DOMAIN = "fieldkit"
KEYWORDS = {"tr": None, "mark": None, "trn": (1, 2), "trc": ((1, "c"), 2)}


def extract() -> Catalog:
    """Every sentence that the source marks, in the order of its files."""
    found = Catalog(project="Fieldkit", charset="utf-8")
    for file, line, message, comments, context in extract_from_dir(
        SOURCE, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return found


def languages() -> list[Path]:
    """The catalogues that there are."""
    return sorted(LOCALE.glob(f"*/{DOMAIN}.po"))


def read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=file.parent.name)


def compiled(catalogue: Catalog, file: Path) -> None:
    with file.open("wb") as stream:
        write_mo(stream, catalogue)


def main() -> None:
    template = extract()
    for file in languages():
        catalogue = read(file)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with file.open("wb") as stream:
            write_po(stream, catalogue, width=100, no_location=True, sort_output=True)
        compiled(catalogue, file.with_suffix(".mo"))
        missing = [message.id for message in catalogue if message.id and not is_whole(message)]
        print(f"{file.parent.name}: {len(catalogue)} sentences, {len(missing)} to translate")
        for message_id in missing:
            print(f"  {message_id}")


def is_whole(message: object) -> bool:
    """Whether every form of it is translated."""
    string = getattr(message, "string", "")
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
