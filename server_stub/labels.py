"""Printable sheets of kit labels: a QR code, the serial number with its check character, a name.

One SVG file a page, in millimetres, so that it prints at its size from any browser.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

import segno

from field_app.domain.serial import label_text

COLUMNS: Final = 3
ROWS: Final = 8
QR_MM: Final = 24.0
MARGIN_MM: Final = 10.0
CHARACTER_WIDTH: Final = 0.66
"""Of a bold capital letter, in font sizes."""
NAME_LENGTH: Final = 26
"""Characters of a kit's name that fit beside the code."""


class Paper(StrEnum):
    A4 = "a4"
    LETTER = "letter"

    @property
    def size_mm(self) -> tuple[float, float]:
        return (210.0, 297.0) if self is Paper.A4 else (215.9, 279.4)


@dataclass(frozen=True)
class Label:
    serial_number: str
    name: str


def sheets(labels: Sequence[Label], paper: Paper) -> Iterator[str]:
    """The pages as SVG texts, 24 labels on each."""
    a_page = COLUMNS * ROWS
    for first in range(0, len(labels), a_page):
        yield _sheet(labels[first : first + a_page], paper)


def _sheet(labels: Iterable[Label], paper: Paper) -> str:
    width, height = paper.size_mm
    label_width = (width - 2 * MARGIN_MM) / COLUMNS
    label_height = (height - 2 * MARGIN_MM) / ROWS
    drawn = []
    for at, label in enumerate(labels):
        down, across = divmod(at, COLUMNS)
        x, y = MARGIN_MM + across * label_width, MARGIN_MM + down * label_height
        drawn.append(_label(label, x, y, label_width, label_height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{"".join(drawn)}</svg>\n'
    )


def _label(label: Label, x: float, y: float, width: float, height: float) -> str:
    text = label_text(label.serial_number)
    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size(border=4)[0]
    drawing = code.svg_inline(border=4, omitsize=False, svgclass=None, lineclass=None)
    beside = x + QR_MM + 3
    font_size = min(3.6, (width - QR_MM - 5) / (len(text) * CHARACTER_WIDTH))
    name = label.name[:NAME_LENGTH]
    return (
        f'<g><title>{escape(text)}</title>\n<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" '
        f'height="{height:.2f}" fill="none" stroke="#bbb" stroke-width="0.2"/>\n'
        f'<g transform="translate({x + 1:.2f} {y + (height - QR_MM) / 2:.2f}) '
        f'scale({QR_MM / modules:.4f})">{drawing}</g>\n'
        f'<text x="{beside:.2f}" y="{y + height / 2 - 1:.2f}" font-size="{font_size:.2f}" '
        f'font-weight="bold">{escape(text)}</text>\n'
        f'<text x="{beside:.2f}" y="{y + height / 2 + 4:.2f}" font-size="2.4">'
        f"{escape(name)}</text></g>\n"
    )
