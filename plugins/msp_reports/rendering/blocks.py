"""What a page is made of, before it is Markdown or HTML. Both templates draw exactly these.

Every string here is plain text and possibly a vendor's; only `Chart.svg` is trusted, drawn from numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """A status: told by shape and word as well as by colour."""

    GOOD = "good"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    PLAIN = "plain"

    @property
    def mark(self) -> str:
        """A character that tells it by its shape."""
        return _MARKS[self]

    @property
    def sign(self) -> str:
        """What stands in the shape that the page draws: white in a filled triangle or square."""
        return _SIGNS.get(self, self.mark)


_SHORT_ROWS = 5
"""A longer table can leave three rows on either side of a break."""

_MARKS = {
    Tone.GOOD: "●",
    Tone.NOTICE: "◆",
    Tone.WARNING: "⚠",
    Tone.CRITICAL: "✕",
    Tone.UNKNOWN: "?",
    Tone.PLAIN: "",
}
_SIGNS = {Tone.WARNING: "!", Tone.CRITICAL: "✖"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str = ""
    tone: Tone = Tone.PLAIN
    under: str = ""
    """A second, smaller line: a place, a reason."""
    symbol: bool = False
    """The text is itself the shape: a day of the backup matrix."""
    sentences: tuple[str, ...] = ()
    """In place of the text: whole sentences, which are longer than a cell's text may be."""
    bar: float | None = None
    """A bar behind the number, as a share of the longest in its column: 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    label: str
    kind: str = "text"
    """``text``, ``number``, ``number small``, ``moment``, ``status`` or ``day``: alignment and width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    """What was left out below, or how to read it."""
    legend: tuple[Cell, ...] = ()
    """Of its symbols: each with what it means beneath."""
    style: str = ""
    kind: str = field(default="table", init=False)

    @property
    def is_short(self) -> bool:
        """It stands on one page; a longer one may be broken between rows."""
        return len(self.rows) <= _SHORT_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    text: str
    style: str = ""
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    items: tuple[Cell, ...]
    ordered: bool = False
    style: str = ""
    kind: str = field(default="items", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    title: str
    svg: str
    text: str
    """Text equivalent."""
    kind: str = field(default="chart", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Two blocks next to each other; in Markdown one after the other."""

    left: Table | Paragraph
    right: Chart | Table
    kind: str = field(default="beside", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The engineer's comment."""

    author: str
    text: str
    kind: str = field(default="quote", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    label: str
    value: str
    change: str
    tone: Tone
    """Of the findings behind it: none, none."""
    svg: str
    history: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headlines:
    numbers: tuple[Headline, ...]
    compared: bool
    kind: str = field(default="headlines", init=False)


Block = Table | Paragraph | Items | Chart | Beside | Quote | Headlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the nine parts."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report."""

    title: str
    customer: str
    provider: str
    week: str
    days: str
    compared: str
    corrected: str
    """That it replaces an earlier revision. Empty: it does not."""
    state: Cell
    language: str
    """BCP 47."""
    created: str
    """W3C time of the week's end."""
    parts: tuple[Part, ...]


def columns(*labels: str) -> tuple[Column, ...]:
    """Build columns: ``Name`` text, ``Name#`` number, ``Name~`` small number, ``Name!`` status, ``Name@``
    moment, ``Name.`` day.
    """
    kinds = {"#": "number", "~": "number small", "!": "status", "@": "moment", ".": "day"}
    return tuple(
        Column(label=label[:-1], kind=kinds[label[-1]]) if label[-1] in kinds else Column(label=label)
        for label in labels
    )


def cells(*values: str | Cell) -> tuple[Cell, ...]:
    """Build a row."""
    return tuple(value if isinstance(value, Cell) else Cell(text=value) for value in values)
