"""``python -m msp_reports deliveries``: what did not arrive or may not have, and a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from msp_reports.domain.errors import DecisionRefusedError
from msp_reports.steps.check_lines import one_line
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import Decision, DeliveryState, LedgerLine
from msp_reports.store.reports import ReportRepository

STUCK_AFTER = timedelta(minutes=15)
"""A delivery that did not move for so long has no worker any more; a channel answers within minutes."""
ARCHIVE_TASK = "customer_report.archive"
_MAIL_TASK, _TEAMS_TASK = "customer_report.deliver.email", "customer_report.deliver.teams"
TASKS = {
    "gmail": _MAIL_TASK,
    "outlook": _MAIL_TASK,
    "teams": _TEAMS_TASK,
    "drive": ARCHIVE_TASK,
    "sharepoint": ARCHIVE_TASK,
}
"""Which task drives a channel, by the first word of the channel's name."""
_INTERNAL_TASKS = {"rollup": "close_week", "notice": "customer_report.close_report"}
COMMAND = "python -m msp_reports deliveries"
DONE = {
    DeliveryState.SENT: "",
    DeliveryState.REPLACED: "nothing: it reached nobody, and others stand in its place",
}
"""Of what nothing is to come any more: what a person is told to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Lines of the ledger as text."""

    lines: tuple[LedgerLine, ...]

    @property
    def is_well(self) -> bool:
        return not self._open

    @property
    def text(self) -> str:
        end = f"{_deliveries(len(self._open))} not sent." if self._open else "Nothing waits for anybody."
        return "\n\n".join([*map(_told, self.lines), end])

    @property
    def _open(self) -> list[LedgerLine]:
        return [line for line in self.lines if line.state not in DONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was stored, and what is still to be done."""

    text: str
    is_well: bool = True


def list_deliveries(*, key: str | None = None, week: str | None = None, everything: bool = False) -> Ledger:
    """Return what is in doubt, failed or stuck; everything, on request; one delivery, by its key.

    Raises:
        DecisionRefusedError: there is no delivery with that key.
    """
    if key is not None:
        return Ledger(lines=(_find(key),))
    return Ledger(lines=_lines(week=week, everything=everything))


def decide(key: str, decision: Decision, *, by: str) -> Decided:
    """Store that a delivery arrived, or that it is to be sent again, with who says so and when.

    Raises:
        DecisionRefusedError: there is none, it is neither in doubt nor failed, a worker is at it, or a
            later revision stands in its place.
    """
    line = _find(key)
    if decision is Decision.AGAIN and line.superseded_by is not None:
        raise DecisionRefusedError(
            f"{_name(line)} is not sent again: revision {line.superseded_by} stands in its place"
        )
    with transaction() as connection:
        ledger = (InternalMessageRepository if line.report is None else DeliveryRepository)(connection)
        if not ledger.is_idle(key):
            raise DecisionRefusedError(f"{_name(line)}: a worker is at it now; look again when it has ended")
        if not ledger.decide(key, decision, by=by):
            now = _find(key)
            raise DecisionRefusedError(
                f"{_name(now)} is {now.state}: only one that is unknown or failed is yours to decide. "
                f"{to_do(now)}".strip()
            )
        if decision is Decision.ARRIVED and line.report and task_of(line.channel) != ARCHIVE_TASK:
            ReportRepository(connection).mark_delivered(line.report)
    if decision is Decision.ARRIVED:
        return Decided(
            text=f"{_name(line)}: entered as arrived, by {by}. {_clear(line)}: it sends nothing, and what "
            "comes after it goes on."
        )
    return Decided(text=f"{_name(line)}: will be sent again, says {by}. {_clear(line)}: that sends it.")


def task_of(channel: str) -> str:
    """Return the task that drives a channel."""
    return {**TASKS, **_INTERNAL_TASKS}[channel.partition("_")[0]]


def _find(key: str) -> LedgerLine:
    found = _lines(key=key, everything=True)
    if not found:
        raise DecisionRefusedError(f"no delivery has the key {key!r}; `{COMMAND} --all` lists all of them")
    return found[0]


def _lines(*, key: str | None = None, week: str | None = None, everything: bool) -> tuple[LedgerLine, ...]:
    with transaction() as connection:
        return tuple(
            line
            for ledger in (DeliveryRepository, InternalMessageRepository)
            for line in ledger(connection).lines(
                key=key, week=week, everything=everything, stuck_after=STUCK_AFTER
            )
        )


def _told(line: LedgerLine) -> str:
    rows = [("to", line.recipients), ("state", _state(line))]
    rows += [("error", line.error)] if line.error else []
    rows += [("decided", _decided(line))] if line.decision else []
    rows += [("key", line.key)]
    rows += [("do", to_do(line))] if to_do(line) else []
    return "\n".join([_name(line), *(f"   {name:8}{one_line(text)}" for name, text in rows)])


def _name(line: LedgerLine) -> str:
    if line.report is None:
        return f"internal {line.week}, {line.channel}"
    return f"{line.report.customer} {line.week} revision {line.report.revision}, {line.channel}"


def _state(line: LedgerLine) -> str:
    tries = "1 try" if line.attempts == 1 else f"{line.attempts} tries"
    return f"{line.state} since {_moment(line.changed_at)}, {tries}"


def _decided(line: LedgerLine) -> str:
    when = f", {_moment(line.decided_at)}" if line.decided_at else ""
    return f"{line.decision}, says {line.decided_by}{when}"


def to_do(line: LedgerLine) -> str:
    """Return what a person is to do about a delivery; nothing, once it is sent."""
    if line.state in DONE:
        return DONE[line.state]
    arrived, again = f"`{COMMAND} {line.key} arrived`", f"`{COMMAND} {line.key} again`"
    if line.superseded_by is not None:
        stands = f"revision {line.superseded_by} stands in its place and nothing of this one is sent any more"
        return f"{stands}; if it did arrive, say {arrived}"
    if line.state is DeliveryState.UNKNOWN:
        return f"look whether it arrived, then say {arrived} or {again}"
    if line.state is DeliveryState.FAILED:
        return f"mend what the error names. {_clear(line)}. If it did arrive, say {arrived}"
    if line.state is DeliveryState.SENDING:
        return f"{_clear(line)}: it is looked up before anything is sent again"
    return f"{_clear(line)}: that sends it"


def _clear(line: LedgerLine) -> str:
    task = task_of(line.channel)
    if line.report is None:
        return f"Clear {task} in the run that reports on {line.week}"
    return f"Clear {task} of {line.report.customer} in run {line.run_id}, with what comes after it"


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _deliveries(number: int) -> str:
    return "1 delivery is" if number == 1 else f"{number:,} deliveries are"
