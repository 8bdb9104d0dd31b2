"""What the account engineer is told of a report that did not arrive: what, to whom, why, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from msp_reports.rendering.text import CELL, plain

_LONGEST_REASON = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One channel that does not have the report, or may not have it."""

    channel: str
    recipients: str
    may_have_arrived: bool
    reason: str
    to_do: str
    attempts: int = 0
    """How often it was sent: the same trouble after another try is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about all of a report's troubles; never for a customer's eyes."""

    subject: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join([*self.lines, ""])

    @property
    def html(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


def write_notice(
    troubles: Sequence[Trouble], *, customer: str, week: str, revision: int, engineer: str
) -> Notice:
    """Write the notice of one report."""
    which = f"{customer}, week {week}" + (f", revision {revision}" if revision > 1 else "")
    lines = [f"{engineer}: the weekly report of {which} did not arrive everywhere."]
    lines += [_line(trouble) for trouble in troubles]
    lines.append(
        "Nothing of this was told to the customer. Channels that are not named here have the report."
    )
    return Notice(
        subject=plain(f"Report not delivered: {which}", CELL),
        lines=tuple(plain(line, len(line) + 1) for line in lines),
    )


def _line(trouble: Trouble) -> str:
    state = "may or may not have arrived" if trouble.may_have_arrived else "was not sent"
    reason = plain(trouble.reason, _LONGEST_REASON).rstrip(".")
    return f"{trouble.channel} to {trouble.recipients} {state}: {reason}. What to do: {trouble.to_do}."
