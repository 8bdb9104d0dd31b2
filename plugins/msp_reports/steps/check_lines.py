"""The outcome of a check as aligned plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msp_reports.domain.errors import CustomerFileError
from msp_reports.domain.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One connection of one customer."""

    label: str
    reached: str
    authorised: str
    told: str
    """What is seen of the customer, or what is wrong and what to do."""
    is_well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    groups: tuple[Group, ...]
    left_out: tuple[CustomerFileError, ...] = ()
    """Customers whose files are wrong."""
    looks: tuple[CustomerFileError, ...] = ()
    """Of the brand; a draft that would look so fails."""

    @property
    def is_well(self) -> bool:
        return not self.left_out and not self.looks and not self._troubled

    @property
    def text(self) -> str:
        """All lines, those in trouble marked ``!!``, and what it comes to."""
        parts = [f"{group.title}\n{_aligned(group.lines)}" for group in self.groups]
        if self.left_out:
            wrong = "\n".join(f"!! {one_line(str(file))}" for file in self.left_out)
            parts.append(f"files that are wrong; their customers are left out\n{wrong}")
        if self.looks:
            wrong = "\n".join(f"!! {one_line(str(look))}" for look in self.looks)
            parts.append(f"looks that are wrong; a draft that would look so fails\n{wrong}")
        return "\n\n".join([*parts, self._sum])

    @property
    def _lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]

    @property
    def _troubled(self) -> int:
        return sum(not line.is_well for line in self._lines)

    @property
    def _sum(self) -> str:
        tried = counted(len(self._lines), "connection")
        if self.is_well:
            return f"{tried} tried, all well."
        wrong = len(self.left_out) + len(self.looks)
        files = f", {counted(wrong, 'file')} wrong" if wrong else ""
        return f"{tried} tried, {self._troubled} in trouble{files}: the lines marked !!."


def _aligned(lines: Sequence[Line]) -> str:
    columns = [(line.label, line.reached, line.authorised) for line in lines]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    return "\n".join(
        f"{'  ' if line.is_well else '!!'} {_padded(cells, widths)}  {line.told}"
        for line, cells in zip(lines, columns, strict=True)
    )


def _padded(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def one_line(text: str) -> str:
    """A vendor's words take no line of their own and move no cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
